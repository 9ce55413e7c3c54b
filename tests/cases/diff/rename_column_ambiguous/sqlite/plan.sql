-- drop column "a" from table: "t"
ALTER TABLE `t` DROP COLUMN `a`;
-- drop column "b" from table: "t"
ALTER TABLE `t` DROP COLUMN `b`;
-- add column "c" to table: "t"
ALTER TABLE `t` ADD COLUMN `c` text;
