-- +goose NO TRANSACTION
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER posts_trim AFTER INSERT ON posts BEGIN
  UPDATE posts SET title = trim(title) WHERE id = new.id;
  UPDATE authors SET name = trim(name) WHERE id = new.author_id;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER posts_trim;
