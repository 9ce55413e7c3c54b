-- drop "gone" view
DROP VIEW `gone`;
-- drop "a" view
DROP VIEW `a`;
-- drop "z" view
DROP VIEW `z`;
-- create "z" view
CREATE VIEW z AS SELECT email, id FROM users;
-- create "a" view
CREATE VIEW a AS SELECT email FROM z;
-- create "fresh" view
CREATE VIEW fresh (x, y) AS WITH q AS (SELECT * FROM a) SELECT q.email, z.id FROM q JOIN z USING (email);
