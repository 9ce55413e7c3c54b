-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "c" table
CREATE TABLE `c` (
  `id` integer NOT NULL,
  PRIMARY KEY (`id`)
);
-- drop "b" table
DROP TABLE `b`;
-- drop "a" table
DROP TABLE `a`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
