-- atlas:checkpoint v1.0

-- Create "log" table
CREATE TABLE `log` (
  `at` text,
  `what` text NOT NULL,
  `n` integer AS (length(what)) STORED
) STRICT;
-- Create "users" table
CREATE TABLE `users` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `name` text NOT NULL COLLATE NOCASE,
  `age` integer,
  UNIQUE (`name`),
  CHECK (age >= 0)
);
-- Create "posts" table
CREATE TABLE `posts` (
  `id` integer NOT NULL,
  `author` integer,
  `body` text,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`author`) REFERENCES `users` (`id`) ON DELETE CASCADE
);
-- Create index "posts_author" to table: "posts"
CREATE INDEX `posts_author` ON `posts` (`author` DESC) WHERE author IS NOT NULL;
-- Create "authors" view
CREATE VIEW authors AS SELECT u.name FROM users u JOIN posts p ON p.author = u.id;
-- Create trigger "logged"
CREATE TRIGGER logged AFTER INSERT ON posts BEGIN INSERT INTO log (what) VALUES ('x;y'); END;
