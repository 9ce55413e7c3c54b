CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, nick TEXT);
CREATE INDEX users_nick ON users (nick);
CREATE UNIQUE INDEX users_nick2 ON users (lower(nick)) WHERE nick IS NOT NULL;
