-- drop trigger "changed"
DROP TRIGGER `changed`;
-- drop trigger "gone"
DROP TRIGGER `gone`;
-- create trigger "changed"
CREATE TRIGGER changed AFTER UPDATE OF email ON users WHEN new.email <> old.email BEGIN SELECT 1; SELECT CASE WHEN 1 THEN 2 END; END;
-- create trigger "fresh"
CREATE TRIGGER fresh BEFORE INSERT ON users BEGIN SELECT 2; END;
