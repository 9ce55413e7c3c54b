CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
CREATE VIEW emails AS SELECT email FROM people;
CREATE TRIGGER t AFTER INSERT ON people BEGIN UPDATE people SET email = lower(email) WHERE id = new.id; END;
