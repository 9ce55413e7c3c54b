-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- rename a column from "id" to "uid"
ALTER TABLE `users` RENAME COLUMN `id` TO `uid`;
-- rename a column from "code" to "slug"
ALTER TABLE `users` RENAME COLUMN `code` TO `slug`;
-- create "new_posts" table
CREATE TABLE `new_posts` (
  `id` integer NOT NULL,
  `code` text,
  `n` text,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`code`) REFERENCES `users` (`slug`) ON DELETE CASCADE
);
-- copy rows from old table "posts" to new temporary table "new_posts"
INSERT INTO `new_posts` (`id`, `code`, `n`) SELECT `id`, `code`, `n` FROM `posts`;
-- drop "posts" table after copying rows
DROP TABLE `posts`;
-- rename temporary table "new_posts" to "posts"
ALTER TABLE `new_posts` RENAME TO `posts`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
