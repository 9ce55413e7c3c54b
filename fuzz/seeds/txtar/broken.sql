2
-- a -- b --
--  --
-- migration.sql --
SELECT '
-- down.sql --
';