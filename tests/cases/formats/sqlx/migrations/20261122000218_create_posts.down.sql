-- Add down migration script here
DROP INDEX posts_author;
DROP TABLE posts;
