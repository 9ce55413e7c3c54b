-- atlas:delimiter \n\n

CREATE TABLE x (
  a int

);

-- a comment
CREATE TABLE y (a int)



DROP TABLE x;
