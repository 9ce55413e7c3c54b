-- a licence that stands for itself

-- first
/* second */
CREATE TABLE "a;b" (c text DEFAULT ';', [d;e] int, `f;g` int); -- behind a statement

-- cut off by the blank line
# not a comment here
;
INSERT INTO t VALUES ('it''s; fine', "x""y;"); INSERT INTO t VALUES (1);
;
SELECT 1 -- inside; of the statement
  , 2;
SELECT 3
-- at the end
