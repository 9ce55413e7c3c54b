CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL CHECK (email <> ''), age INTEGER);
CREATE UNIQUE INDEX users_mail ON users (email COLLATE NOCASE DESC);
CREATE INDEX users_lower ON users (lower(email), age);
