-- Add down migration script here
DROP TRIGGER posts_trim;
