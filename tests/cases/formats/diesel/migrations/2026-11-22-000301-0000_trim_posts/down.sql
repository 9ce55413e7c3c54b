-- This file should undo anything in `up.sql`
DROP TRIGGER posts_trim;
