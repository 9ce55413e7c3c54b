-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_b" table
CREATE TABLE `new_b` (
  `id` integer NOT NULL,
  `a_id` integer,
  `n` integer,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`a_id`) REFERENCES `a` (`id`)
);
-- copy rows from old table "b" to new temporary table "new_b"
INSERT INTO `new_b` (`id`, `a_id`, `n`) SELECT `id`, `a_id`, `n` FROM `b`;
-- drop "b" table after copying rows
DROP TABLE `b`;
-- rename temporary table "new_b" to "b"
ALTER TABLE `new_b` RENAME TO `b`;
-- create "new_a" table
CREATE TABLE `new_a` (
  `id` integer NOT NULL,
  `b_id` integer,
  `n` integer,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`b_id`) REFERENCES `b` (`id`)
);
-- copy rows from old table "a" to new temporary table "new_a"
INSERT INTO `new_a` (`id`, `b_id`, `n`) SELECT `id`, `b_id`, `n` FROM `a`;
-- drop "a" table after copying rows
DROP TABLE `a`;
-- rename temporary table "new_a" to "a"
ALTER TABLE `new_a` RENAME TO `a`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
