CREATE TABLE users (id INTEGER PRIMARY KEY, mail TEXT CHECK (length(mail) > 2), age TEXT);
CREATE VIEW mails AS SELECT mail FROM users;
