-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- drop index "j" from table: "old"
DROP INDEX `j`;
-- drop index "i" from table: "b"
DROP INDEX `i`;
-- create index "i" to table: "a"
CREATE INDEX `i` ON `a` (`x`);
-- create "fresh" table
CREATE TABLE `fresh` (
  `j` text,
  `k` integer
);
-- create index "j" to table: "fresh"
CREATE INDEX `j` ON `fresh` (`k`);
-- drop "old" table
DROP TABLE `old`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
