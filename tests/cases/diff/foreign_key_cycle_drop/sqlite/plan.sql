-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- drop "tree" table
DROP TABLE `tree`;
-- drop "a" table
DROP TABLE `a`;
-- drop "b" table
DROP TABLE `b`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
