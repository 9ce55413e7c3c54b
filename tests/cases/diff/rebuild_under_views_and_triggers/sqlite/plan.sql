-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- drop trigger "on_log"
DROP TRIGGER `on_log`;
-- drop trigger "on_user"
DROP TRIGGER `on_user`;
-- drop trigger "on_view"
DROP TRIGGER `on_view`;
-- drop "adult_mails" view
DROP VIEW `adult_mails`;
-- drop "adults" view
DROP VIEW `adults`;
-- create "new_users" table
CREATE TABLE `new_users` (
  `id` integer NOT NULL,
  `email` text,
  `age` integer NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`)
);
-- copy rows from old table "users" to new temporary table "new_users"
INSERT INTO `new_users` (`id`, `email`, `age`) SELECT `id`, `email`, IFNULL(`age`, 0) FROM `users`;
-- drop "users" table after copying rows
DROP TABLE `users`;
-- rename temporary table "new_users" to "users"
ALTER TABLE `new_users` RENAME TO `users`;
-- create "adults" view
CREATE VIEW adults AS SELECT id, email FROM users WHERE age > 17;
-- create "adult_mails" view
CREATE VIEW adult_mails AS SELECT email FROM adults;
-- create trigger "on_log"
CREATE TRIGGER on_log BEFORE DELETE ON log WHEN old.id IN (SELECT id FROM users) BEGIN SELECT raise(ABORT, 'no'); END;
-- create trigger "on_user"
CREATE TRIGGER on_user AFTER INSERT ON users BEGIN INSERT INTO log (what) VALUES ('user; ' || new.id); END;
-- create trigger "on_view"
CREATE TRIGGER on_view INSTEAD OF INSERT ON adults BEGIN INSERT INTO users (email) VALUES (new.email); END;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
