-- add column "age" to table: "users"
ALTER TABLE `users` ADD COLUMN `age` integer CHECK (age > 0);
-- add column "low" to table: "users"
ALTER TABLE `users` ADD COLUMN `low` integer DEFAULT 1;
-- add column "high" to table: "users"
ALTER TABLE `users` ADD COLUMN `high` integer DEFAULT 2 CONSTRAINT `span` CHECK (low <= high);
