--liquibase formatted sql

--changeset ada:1
--comment: Who writes.
CREATE TABLE authors (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);
--rollback DROP TABLE authors;

--changeset ada:create-posts
-- Who wrote what.
CREATE TABLE posts (
  id INTEGER PRIMARY KEY,
  author_id INTEGER NOT NULL REFERENCES authors (id),
  title TEXT NOT NULL DEFAULT 'a; b'
);
CREATE INDEX posts_author ON posts (author_id);
--rollback DROP INDEX posts_author;
--rollback DROP TABLE posts;

--changeset "Grace Hopper":3 runInTransaction:false splitStatements:false
CREATE TRIGGER posts_trim AFTER INSERT ON posts BEGIN
  UPDATE posts SET title = trim(title) WHERE id = new.id;
  UPDATE authors SET name = trim(name) WHERE id = new.author_id;
END;
/* liquibase rollback
DROP TRIGGER posts_trim;
*/
