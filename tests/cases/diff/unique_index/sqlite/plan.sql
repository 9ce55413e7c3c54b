-- drop index "i" from table: "t"
DROP INDEX `i`;
-- create index "i" to table: "t"
CREATE UNIQUE INDEX `i` ON `t` (`a`);
