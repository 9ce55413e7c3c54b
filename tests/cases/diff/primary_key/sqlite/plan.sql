-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_t" table
CREATE TABLE `new_t` (
  `a` integer NOT NULL,
  `b` text NOT NULL,
  CONSTRAINT `pk` PRIMARY KEY (`a`, `b` DESC) ON CONFLICT FAIL
);
-- copy rows from old table "t" to new temporary table "new_t"
INSERT INTO `new_t` (`a`, `b`) SELECT `a`, `b` FROM `t`;
-- drop "t" table after copying rows
DROP TABLE `t`;
-- rename temporary table "new_t" to "t"
ALTER TABLE `new_t` RENAME TO `t`;
-- create "new_u" table
CREATE TABLE `new_u` (
  `a` integer PRIMARY KEY DESC,
  `b` integer
);
-- copy rows from old table "u" to new temporary table "new_u"
INSERT INTO `new_u` (`a`, `b`) SELECT `a`, `b` FROM `u`;
-- drop "u" table after copying rows
DROP TABLE `u`;
-- rename temporary table "new_u" to "u"
ALTER TABLE `new_u` RENAME TO `u`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
