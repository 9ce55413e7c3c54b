-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_t" table
CREATE TABLE `new_t` (
  `id` integer NOT NULL,
  `a` integer,
  `total` integer AS (a + 2) VIRTUAL,
  PRIMARY KEY (`id`)
);
-- copy rows from old table "t" to new temporary table "new_t"
INSERT INTO `new_t` (`id`, `a`) SELECT `id`, `a` FROM `t`;
-- drop "t" table after copying rows
DROP TABLE `t`;
-- rename temporary table "new_t" to "t"
ALTER TABLE `new_t` RENAME TO `t`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
