CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
CREATE VIEW emails AS SELECT email FROM users;
CREATE TRIGGER t AFTER INSERT ON users BEGIN UPDATE users SET email = lower(email) WHERE id = new.id; END;
