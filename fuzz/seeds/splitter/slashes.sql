4SELECT 1//
-- a // comment
SELECT 2 // ///* x */ SELECT 3