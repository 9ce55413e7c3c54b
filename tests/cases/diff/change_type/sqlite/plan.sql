-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_t" table
CREATE TABLE `new_t` (
  `id` integer NOT NULL,
  `a` integer,
  `b` varchar(20),
  PRIMARY KEY (`id`)
);
-- copy rows from old table "t" to new temporary table "new_t"
INSERT INTO `new_t` (`id`, `a`, `b`) SELECT `id`, `a`, `b` FROM `t`;
-- drop "t" table after copying rows
DROP TABLE `t`;
-- rename temporary table "new_t" to "t"
ALTER TABLE `new_t` RENAME TO `t`;
-- create index "t_a" to table: "t"
CREATE INDEX `t_a` ON `t` (`a`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
