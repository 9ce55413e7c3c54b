/* outer /* inner; */ still; */ SELECT 1;
CREATE FUNCTION f() RETURNS int AS $body$ BEGIN; $$ ; $$ END; $body$ LANGUAGE plpgsql;
DO $$ BEGIN PERFORM 1; END $$;
SELECT E'it\'s; ''fine\\', 'plain\', $1, a$b$c, '$$;';
CREATE OR REPLACE FUNCTION g() RETURNS int LANGUAGE sql
BEGIN ATOMIC
  SELECT CASE WHEN true THEN 1 END AS end;
  SELECT t.end FROM t;
END;
BEGIN; SELECT 1; END;
CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); INSERT INTO u VALUES (2));
