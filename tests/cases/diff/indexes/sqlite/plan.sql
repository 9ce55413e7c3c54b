-- drop index "gone" from table: "t"
DROP INDEX `gone`;
-- drop index "changed" from table: "t"
DROP INDEX `changed`;
-- create index "changed" to table: "t"
CREATE INDEX `changed` ON `t` (`a`, `b` DESC);
-- create index "expr" to table: "t"
CREATE INDEX `expr` ON `t` (lower(a), b + 1 DESC, `c` COLLATE RTRIM, a || c COLLATE NOCASE);
-- create index "partial" to table: "t"
CREATE INDEX `partial` ON `t` (`a`) WHERE b > 0 AND a IS NOT NULL;
