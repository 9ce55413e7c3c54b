-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_c" table
CREATE TABLE `new_c` (
  `id` integer NOT NULL,
  `x` integer,
  `y` text,
  PRIMARY KEY (`id`),
  CONSTRAINT `xy` FOREIGN KEY (`x`, `y`) REFERENCES `p` (`a`, `b`) ON UPDATE CASCADE ON DELETE SET NULL
);
-- copy rows from old table "c" to new temporary table "new_c"
INSERT INTO `new_c` (`id`, `x`, `y`) SELECT `id`, `x`, `y` FROM `c`;
-- drop "c" table after copying rows
DROP TABLE `c`;
-- rename temporary table "new_c" to "c"
ALTER TABLE `new_c` RENAME TO `c`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
