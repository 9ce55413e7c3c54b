-- This file should undo anything in `up.sql`
DROP INDEX posts_author;
DROP TABLE posts;
