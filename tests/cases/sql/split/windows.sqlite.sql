-- windows

-- atlas:nolint
DROP TABLE t;
DROP TABLE
  u;
