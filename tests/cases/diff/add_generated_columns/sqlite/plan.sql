-- add column "total" to table: "t"
ALTER TABLE `t` ADD COLUMN `total` integer AS (a + b) VIRTUAL;
