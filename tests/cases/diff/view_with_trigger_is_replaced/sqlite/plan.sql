-- drop trigger "t"
DROP TRIGGER `t`;
-- drop "v" view
DROP VIEW `v`;
-- create "v" view
CREATE VIEW v AS SELECT id, email FROM users;
-- create trigger "t"
CREATE TRIGGER t INSTEAD OF DELETE ON v BEGIN DELETE FROM users WHERE email = old.email; END;
