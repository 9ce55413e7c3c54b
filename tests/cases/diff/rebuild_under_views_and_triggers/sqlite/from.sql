CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, age TEXT);
CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT);
CREATE VIEW adults AS SELECT id, email FROM users WHERE age > 17;
CREATE VIEW adult_mails AS SELECT email FROM adults;
CREATE TRIGGER on_user AFTER INSERT ON users BEGIN INSERT INTO log (what) VALUES ('user; ' || new.id); END;
CREATE TRIGGER on_log BEFORE DELETE ON log WHEN old.id IN (SELECT id FROM users) BEGIN SELECT raise(ABORT, 'no'); END;
CREATE TRIGGER on_view INSTEAD OF INSERT ON adults BEGIN INSERT INTO users (email) VALUES (new.email); END;
