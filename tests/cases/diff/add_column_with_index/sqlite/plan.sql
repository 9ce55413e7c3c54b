-- add column "nick" to table: "users"
ALTER TABLE `users` ADD COLUMN `nick` text;
-- create index "users_nick" to table: "users"
CREATE INDEX `users_nick` ON `users` (`nick`);
