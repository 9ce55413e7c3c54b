0
-- checks.sql --
-- atlas:assert oneof
SELECT 1;
SELECT NOT EXISTS (SELECT 1 FROM t) AS is_empty;

-- checks/destructive.sql --
-- atlas:assert DS102, DS103

SELECT 1;
-- migration.sql --
-- atlas:txmode none
-- atlas:nolint

DROP TABLE t; -- behind
-- down.sql --
-- atlas:delimiter \n\n
CREATE TABLE t (c int)

SELECT 1
