CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER CHECK (a > 0), kind TEXT CHECK (kind IN ('x', 'y')));
