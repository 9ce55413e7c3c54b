DROP TRIGGER posts_trim;
