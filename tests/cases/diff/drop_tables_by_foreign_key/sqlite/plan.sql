-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- drop "a" table
DROP TABLE `a`;
-- drop "b" table
DROP TABLE `b`;
-- drop "c" table
DROP TABLE `c`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
