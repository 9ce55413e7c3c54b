-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_t" table
CREATE TABLE `new_t` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `a` text NOT NULL,
  `b` text COLLATE NOCASE,
  `c` integer DEFAULT -1,
  `d` text AS (a || b) STORED,
  `e` real DEFAULT (1 + 1),
  UNIQUE (`a`) ON CONFLICT REPLACE,
  CONSTRAINT `ab` UNIQUE (`b`, `c`),
  CHECK (c < 10)
) STRICT;
-- keep the numbering of table "t" for new temporary table "new_t"
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_t', seq FROM sqlite_sequence WHERE name = 't';
-- copy rows from old table "t" to new temporary table "new_t"
INSERT INTO `new_t` (`id`, `a`, `b`, `c`) SELECT `id`, `a`, `b`, `c` FROM `t`;
-- drop "t" table after copying rows
DROP TABLE `t`;
-- rename temporary table "new_t" to "t"
ALTER TABLE `new_t` RENAME TO `t`;
-- create index "i" to table: "t"
CREATE INDEX `i` ON `t` (`b` DESC) WHERE c > 0;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
