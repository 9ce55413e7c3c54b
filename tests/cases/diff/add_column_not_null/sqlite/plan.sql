-- add column "name" to table: "users"
ALTER TABLE `users` ADD COLUMN `name` text NOT NULL;
