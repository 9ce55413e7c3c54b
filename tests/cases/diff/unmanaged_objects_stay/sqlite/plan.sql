-- add column "b" to table: "t"
ALTER TABLE `t` ADD COLUMN `b` text;
