-- drop trigger "t"
DROP TRIGGER `t`;
-- drop "emails" view
DROP VIEW `emails`;
-- rename a table from "users" to "people"
ALTER TABLE `users` RENAME TO `people`;
-- create "emails" view
CREATE VIEW emails AS SELECT email FROM people;
-- create trigger "t"
CREATE TRIGGER t AFTER INSERT ON people BEGIN UPDATE people SET email = lower(email) WHERE id = new.id; END;
