-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- drop "users" table
DROP TABLE `users`;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
