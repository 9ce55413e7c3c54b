0-- atlas:nolint
CREATE TABLE [a;b] (c text DEFAULT 'it''s; (', "d;" int); -- behind
CREATE TRIGGER t AFTER INSERT ON [a;b] BEGIN
  SELECT CASE WHEN 1 THEN 2 END; UPDATE [a;b] SET c = ';';
END;
/* loose; */

BEGIN TRANSACTION; COMMIT;
