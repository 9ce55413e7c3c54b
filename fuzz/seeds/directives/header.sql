0-- atlas:txmode file
-- atlas:nolint DS103 destructive -- no longer read since 3.2

-- atlas:nolint
DROP TABLE t;

-- atlas:nolint unknown, DS102
