-- What the histories are made of: the name of a block in a comment, and its statements. A `@` becomes the place
-- of the block in its history, so that one can stand in it twice. Whatever a block does, it leaves a trace that
-- a second run of any of its statements would change: a row without a key, a sum, or an object's name.

-- block: base
CREATE TABLE log (what text);
CREATE TABLE counter (n integer NOT NULL);
INSERT INTO counter VALUES (1);
CREATE TABLE parent (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE child (id integer PRIMARY KEY AUTOINCREMENT, parent_id integer REFERENCES parent (id) ON DELETE CASCADE);
INSERT INTO parent VALUES (1, 'one'), (2, 'two');
INSERT INTO child (parent_id) VALUES (1), (1), (2);

-- block: small
CREATE TABLE log (what text);
INSERT INTO log VALUES ('small @');

-- block: log
INSERT INTO log VALUES ('log @');

-- block: count
UPDATE counter SET n = n * 3 + @;
INSERT INTO log SELECT 'count ' || n FROM counter;

-- block: table
CREATE TABLE t@ (id integer PRIMARY KEY, a text DEFAULT 'x', b int CHECK (b > 0), UNIQUE (a, b));
CREATE INDEX i@ ON t@ (b) WHERE b > 10;
INSERT INTO t@ (b) VALUES (1), (20);

-- block: keyless
CREATE TABLE k@ (a text, b int, PRIMARY KEY (a, b)) WITHOUT ROWID;
INSERT INTO k@ SELECT what, (SELECT count(*) FROM k@) FROM (SELECT 'a' AS what UNION SELECT 'b');
INSERT INTO log VALUES ('keyless @');

-- block: many
INSERT INTO log WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 150)
  SELECT 'a row of some length, number ' || x || ' of block @' FROM c;

-- block: big
INSERT INTO log VALUES (hex(zeroblob(9000)) || '@');
UPDATE log SET what = what || '+' WHERE length(what) > 9000;

-- block: spill
PRAGMA cache_size = 4;
INSERT INTO log WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 12)
  SELECT hex(zeroblob(900)) || x FROM c;
UPDATE log SET what = 's' || what;

-- block: rebuild
PRAGMA foreign_keys = off;
CREATE TABLE new_parent (id integer PRIMARY KEY, name text NOT NULL, c@ int DEFAULT @);
INSERT INTO new_parent (id, name) SELECT id, name || '@' FROM parent;
DROP TABLE parent;
ALTER TABLE new_parent RENAME TO parent;
CREATE INDEX parent_name_@ ON parent (name);
PRAGMA foreign_keys = on;

-- block: unenforced
PRAGMA foreign_keys = off;
DELETE FROM parent WHERE id = 1;
INSERT INTO log SELECT 'left over: ' || count(*) FROM child;
PRAGMA foreign_keys = on;

-- block: trigger
CREATE TRIGGER g@ AFTER INSERT ON log BEGIN
  UPDATE counter SET n = n + 1;
END;
INSERT INTO log VALUES ('trigger @');

-- block: view
CREATE VIEW v@ AS SELECT what, n FROM log, counter;
INSERT INTO log SELECT what || ' @' FROM v@ LIMIT 1;

-- block: column
ALTER TABLE child ADD COLUMN c@ text NOT NULL DEFAULT 'new';
ALTER TABLE child RENAME COLUMN c@ TO d@;
UPDATE child SET d@ = d@ || id;

-- block: without
ALTER TABLE child ADD COLUMN gone@ text;
ALTER TABLE child DROP COLUMN gone@;
INSERT INTO child (parent_id) SELECT id FROM parent LIMIT 1;

-- block: delete
INSERT INTO log SELECT 'deleted ' || count(*) FROM log;
DELETE FROM log WHERE what LIKE 'a row%';

-- block: drop
CREATE TABLE gone@ AS SELECT * FROM log;
DROP TABLE gone@;
INSERT INTO log VALUES ('dropped @');

-- block: version
PRAGMA user_version = @;
INSERT INTO log SELECT 'version ' || user_version FROM pragma_user_version;

-- block: fails
INSERT INTO log VALUES ('before');
INSERT INTO later VALUES ('only where it was made');
INSERT INTO log VALUES ('behind');

-- block: vacuum
VACUUM;
INSERT INTO log VALUES ('vacuum @');

-- block: wal
PRAGMA journal_mode = wal;
INSERT INTO log SELECT 'now ' || journal_mode FROM pragma_journal_mode;

-- block: rollback
PRAGMA journal_mode = delete;
INSERT INTO log SELECT 'now ' || journal_mode FROM pragma_journal_mode;

-- block: begin
BEGIN;
INSERT INTO log VALUES ('within @');
UPDATE counter SET n = n * 5 + @;
COMMIT;
INSERT INTO log VALUES ('behind @');

-- block: undone
BEGIN;
PRAGMA user_version = 99;
INSERT INTO log VALUES ('never');
ROLLBACK;
INSERT INTO log VALUES ('behind @');

-- block: savepoint
BEGIN;
SAVEPOINT s;
INSERT INTO log VALUES ('never');
ROLLBACK TO s;
RELEASE s;
INSERT INTO log VALUES ('kept @');
COMMIT;
