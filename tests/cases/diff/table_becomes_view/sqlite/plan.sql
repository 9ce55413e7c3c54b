-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- drop "y" view
DROP VIEW `y`;
-- create "y" table
CREATE TABLE `y` (
  `a` real
);
-- drop "x" table
DROP TABLE `x`;
-- create "x" view
CREATE VIEW x AS SELECT a FROM base;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
