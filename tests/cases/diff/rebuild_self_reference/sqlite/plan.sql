-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_tree" table
CREATE TABLE `new_tree` (
  `id` integer NOT NULL,
  `parent` integer,
  `n` integer,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`parent`) REFERENCES `tree` (`id`) ON DELETE CASCADE
);
-- copy rows from old table "tree" to new temporary table "new_tree"
INSERT INTO `new_tree` (`id`, `parent`, `n`) SELECT `id`, `parent`, `n` FROM `tree`;
-- drop "tree" table after copying rows
DROP TABLE `tree`;
-- rename temporary table "new_tree" to "tree"
ALTER TABLE `new_tree` RENAME TO `tree`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
