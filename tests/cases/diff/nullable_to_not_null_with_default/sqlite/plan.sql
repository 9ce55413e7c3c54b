-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_t" table
CREATE TABLE `new_t` (
  `id` integer NOT NULL,
  `a` text NOT NULL DEFAULT 'x',
  `b` text NOT NULL DEFAULT (lower('Y')),
  PRIMARY KEY (`id`)
);
-- copy rows from old table "t" to new temporary table "new_t"
INSERT INTO `new_t` (`id`, `a`, `b`) SELECT `id`, IFNULL(`a`, 'x'), IFNULL(`b`, (lower('Y'))) FROM `t`;
-- drop "t" table after copying rows
DROP TABLE `t`;
-- rename temporary table "new_t" to "t"
ALTER TABLE `new_t` RENAME TO `t`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
