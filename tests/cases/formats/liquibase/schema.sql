CREATE TABLE authors (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);
CREATE TABLE posts (
  id INTEGER PRIMARY KEY,
  author_id INTEGER NOT NULL REFERENCES authors (id),
  title TEXT NOT NULL DEFAULT 'a; b'
);
CREATE INDEX posts_author ON posts (author_id);
CREATE TRIGGER posts_trim AFTER INSERT ON posts BEGIN
  UPDATE posts SET title = trim(title) WHERE id = new.id;
  UPDATE authors SET name = trim(name) WHERE id = new.author_id;
END;
