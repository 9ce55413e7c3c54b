-- create "users" table
CREATE TABLE `users` (
  `id` integer NOT NULL,
  `email` text NOT NULL,
  PRIMARY KEY (`id`)
);
-- create index "users_email" to table: "users"
CREATE INDEX `users_email` ON `users` (`email`);
