-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_posts" table
CREATE TABLE `new_posts` (
  `id` integer NOT NULL,
  `user_id` integer,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
-- copy rows from old table "posts" to new temporary table "new_posts"
INSERT INTO `new_posts` (`id`, `user_id`) SELECT `id`, `user_id` FROM `posts`;
-- drop "posts" table after copying rows
DROP TABLE `posts`;
-- rename temporary table "new_posts" to "posts"
ALTER TABLE `new_posts` RENAME TO `posts`;
-- create index "posts_user" to table: "posts"
CREATE INDEX `posts_user` ON `posts` (`user_id`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
