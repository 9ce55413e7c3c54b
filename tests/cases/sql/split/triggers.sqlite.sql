CREATE TRIGGER a AFTER INSERT ON t BEGIN
  UPDATE t SET x = CASE WHEN x THEN 1 ELSE 2 END;
  SELECT CASE 1 WHEN 1 THEN 2 END AS "end"; -- ; END; in a comment
  INSERT INTO begin VALUES (1);
END;
create temp trigger if not exists b before update of x on t when case new.x when 1 then 0 else 1 end
begin
  select 1;
end;
EXPLAIN CREATE TRIGGER c INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE end = 1; END ;
BEGIN;
INSERT INTO t VALUES (1);
END;
CREATE TRIGGER broken;
CREATE TABLE trigger_log (begin int);
CREATE TRIGGER last AFTER INSERT ON t BEGIN SELECT 1; END
