CREATE TRIGGER posts_trim AFTER INSERT ON posts BEGIN
  UPDATE posts SET title = trim(title) WHERE id = new.id;
  UPDATE authors SET name = trim(name) WHERE id = new.author_id;
END;
