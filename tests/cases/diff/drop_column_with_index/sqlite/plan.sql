-- drop index "users_nick" from table: "users"
DROP INDEX `users_nick`;
-- drop index "users_nick2" from table: "users"
DROP INDEX `users_nick2`;
-- drop column "nick" from table: "users"
ALTER TABLE `users` DROP COLUMN `nick`;
