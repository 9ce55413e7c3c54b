CREATE TABLE users (id INTEGER PRIMARY KEY, mail TEXT NOT NULL CHECK (mail <> ''), age INTEGER);
CREATE UNIQUE INDEX users_mail ON users (mail COLLATE NOCASE DESC);
CREATE INDEX users_lower ON users (lower(mail), age);
