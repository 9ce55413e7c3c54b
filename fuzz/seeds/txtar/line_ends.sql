1-- a comment
-- migration.sql --
SELECT 1;
-- down.sql --