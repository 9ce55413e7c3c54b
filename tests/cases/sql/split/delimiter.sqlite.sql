-- atlas:delimiter -- end

CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; END;
-- end

-- with a comment
CREATE TABLE x (a int);
CREATE TABLE y (a int);
-- end
-- end
DROP TABLE x
