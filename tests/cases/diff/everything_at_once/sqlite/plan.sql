-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- drop trigger "tr"
DROP TRIGGER `tr`;
-- drop "v" view
DROP VIEW `v`;
-- create "topics" table
CREATE TABLE `topics` (
  `id` integer NOT NULL,
  `name` text NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE (`name`)
);
-- rename a column from "junk" to "born"
ALTER TABLE `users` RENAME COLUMN `junk` TO `born`;
-- create "new_users" table
CREATE TABLE `new_users` (
  `id` integer NOT NULL,
  `mail` text,
  `age` integer,
  `born` text,
  PRIMARY KEY (`id`)
);
-- copy rows from old table "users" to new temporary table "new_users"
INSERT INTO `new_users` (`id`, `mail`, `age`, `born`) SELECT `id`, `mail`, `age`, `born` FROM `users`;
-- drop "users" table after copying rows
DROP TABLE `users`;
-- rename temporary table "new_users" to "users"
ALTER TABLE `new_users` RENAME TO `users`;
-- create index "users_mail" to table: "users"
CREATE INDEX `users_mail` ON `users` (`mail`, `age`);
-- add column "topic_id" to table: "posts"
ALTER TABLE `posts` ADD COLUMN `topic_id` integer REFERENCES `topics` (`id`);
-- drop "obsolete" table
DROP TABLE `obsolete`;
-- create "v" view
CREATE VIEW v AS SELECT mail FROM users;
-- create trigger "tr"
CREATE TRIGGER tr AFTER INSERT ON posts BEGIN UPDATE users SET age = 1; END;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
