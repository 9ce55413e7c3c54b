-- add column "team" to table: "users"
ALTER TABLE `users` ADD COLUMN `team` integer CONSTRAINT `of_team` REFERENCES `teams` (`id`) ON DELETE SET NULL;
