-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_t" table
CREATE TABLE `new_t` (
  `a` text NOT NULL,
  `b` integer NOT NULL,
  PRIMARY KEY (`a`, `b` DESC)
) STRICT, WITHOUT ROWID;
-- copy rows from old table "t" to new temporary table "new_t"
INSERT INTO `new_t` (`a`, `b`) SELECT `a`, `b` FROM `t`;
-- drop "t" table after copying rows
DROP TABLE `t`;
-- rename temporary table "new_t" to "t"
ALTER TABLE `new_t` RENAME TO `t`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
