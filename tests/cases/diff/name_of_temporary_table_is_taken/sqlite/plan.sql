-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_t_2" table
CREATE TABLE `new_t_2` (
  `a` integer
);
-- copy rows from old table "t" to new temporary table "new_t_2"
INSERT INTO `new_t_2` (`a`) SELECT `a` FROM `t`;
-- drop "t" table after copying rows
DROP TABLE `t`;
-- rename temporary table "new_t_2" to "t"
ALTER TABLE `new_t_2` RENAME TO `t`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
