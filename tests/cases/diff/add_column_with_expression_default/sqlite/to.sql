CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, created INTEGER NOT NULL DEFAULT (strftime('%s', 'now')));
