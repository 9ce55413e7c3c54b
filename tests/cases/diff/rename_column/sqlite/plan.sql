-- rename a column from "mail" to "email"
ALTER TABLE `users` RENAME COLUMN `mail` TO `email`;
