CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT CHECK (length(email) > 2), age INTEGER);
CREATE VIEW mails AS SELECT email AS mail FROM users;
