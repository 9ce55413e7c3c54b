-- drop "old" view
DROP VIEW `old`;
-- drop column "age" from table: "users"
ALTER TABLE `users` DROP COLUMN `age`;
-- create "old" view
CREATE VIEW old AS SELECT email FROM users;
