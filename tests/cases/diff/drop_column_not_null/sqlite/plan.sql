-- drop column "name" from table: "users"
ALTER TABLE `users` DROP COLUMN `name`;
