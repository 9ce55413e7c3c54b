-- create "b" table
CREATE TABLE `b` (
  `id` integer NOT NULL,
  `a_id` integer,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`a_id`) REFERENCES `a` (`id`)
);
-- create "a" table
CREATE TABLE `a` (
  `id` integer NOT NULL,
  `b_id` integer,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`b_id`) REFERENCES `b` (`id`)
);
-- create "tree" table
CREATE TABLE `tree` (
  `id` integer NOT NULL,
  `parent` integer,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`parent`) REFERENCES `tree` (`id`)
);
