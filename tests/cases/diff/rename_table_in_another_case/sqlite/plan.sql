-- rename a table from "Users" to "users"
ALTER TABLE `Users` RENAME TO `new_users`;
-- rename a table from "Users" to "users"
ALTER TABLE `new_users` RENAME TO `users`;
-- rename a column from "Id" to "id"
ALTER TABLE `users` RENAME COLUMN `Id` TO `id`;
-- rename a column from "Name" to "name"
ALTER TABLE `users` RENAME COLUMN `Name` TO `name`;
