-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_order" table
CREATE TABLE `new_order` (
  `select` integer NOT NULL,
  `a b` integer,
  `x"y` text,
  `c``d` text,
  `größe` real,
  `it's` text,
  `new col` text DEFAULT 1,
  PRIMARY KEY (`select`),
  CHECK (`it's` <> '')
);
-- copy rows from old table "order" to new temporary table "new_order"
INSERT INTO `new_order` (`select`, `a b`, `x"y`, `c``d`, `größe`, `it's`) SELECT `select`, `a b`, `x"y`, `c``d`, `größe`, `it's` FROM `order`;
-- drop "order" table after copying rows
DROP TABLE `order`;
-- rename temporary table "new_order" to "order"
ALTER TABLE `new_order` RENAME TO `order`;
-- create index "i \"1\"" to table: "order"
CREATE INDEX `i "1"` ON `order` (`a b`, `x"y` DESC);
-- add column "group" to table: "x\"y"
ALTER TABLE `x"y` ADD COLUMN `group` text;
-- create "ταβλα" table
CREATE TABLE `ταβλα` (
  `κλειδί` text,
  PRIMARY KEY (`κλειδί`)
);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
