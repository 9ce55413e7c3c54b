-- drop column "note" from table: "users"
ALTER TABLE `users` DROP COLUMN `note`;
-- drop column "age" from table: "users"
ALTER TABLE `users` DROP COLUMN `age`;
