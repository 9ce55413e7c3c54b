-- Who wrote what.
CREATE TABLE posts (
  id INTEGER PRIMARY KEY,
  author_id INTEGER NOT NULL REFERENCES authors (id),
  title TEXT NOT NULL DEFAULT 'a; b'
);
CREATE INDEX posts_author ON posts (author_id);
