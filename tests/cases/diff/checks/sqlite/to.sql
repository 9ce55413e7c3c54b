CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, kind TEXT CONSTRAINT kinds CHECK (kind IN ('x', 'y', "z")), CHECK (a >= 0 OR kind = 'x'));
