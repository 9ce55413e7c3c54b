-- rename a table from "users" to "people"
ALTER TABLE `users` RENAME TO `people`;
-- drop index "users_email" from table: "people"
DROP INDEX `users_email`;
-- create index "people_email" to table: "people"
CREATE INDEX `people_email` ON `people` (`email`);
