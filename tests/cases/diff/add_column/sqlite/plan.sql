-- add column "name" to table: "users"
ALTER TABLE `users` ADD COLUMN `name` text;
-- add column "age" to table: "users"
ALTER TABLE `users` ADD COLUMN `age` integer NOT NULL DEFAULT 18;
-- add column "active" to table: "users"
ALTER TABLE `users` ADD COLUMN `active` boolean NOT NULL DEFAULT TRUE;
-- add column "note" to table: "users"
ALTER TABLE `users` ADD COLUMN `note` text DEFAULT 'a''b' COLLATE NOCASE;
