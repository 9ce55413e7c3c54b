-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- drop "mails" view
DROP VIEW `mails`;
-- rename a column from "mail" to "email"
ALTER TABLE `users` RENAME COLUMN `mail` TO `email`;
-- create "new_users" table
CREATE TABLE `new_users` (
  `id` integer NOT NULL,
  `email` text,
  `age` integer,
  PRIMARY KEY (`id`),
  CHECK (length(email) > 2)
);
-- copy rows from old table "users" to new temporary table "new_users"
INSERT INTO `new_users` (`id`, `email`, `age`) SELECT `id`, `email`, `age` FROM `users`;
-- drop "users" table after copying rows
DROP TABLE `users`;
-- rename temporary table "new_users" to "users"
ALTER TABLE `new_users` RENAME TO `users`;
-- create "mails" view
CREATE VIEW mails AS SELECT email AS mail FROM users;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
