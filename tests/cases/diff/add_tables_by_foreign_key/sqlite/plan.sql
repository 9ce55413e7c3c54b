-- create "c" table
CREATE TABLE `c` (
  `id` integer NOT NULL,
  PRIMARY KEY (`id`)
);
-- create "b" table
CREATE TABLE `b` (
  `id` integer NOT NULL,
  `c_id` integer,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`c_id`) REFERENCES `c` (`id`)
);
-- create "a" table
CREATE TABLE `a` (
  `id` integer NOT NULL,
  `b_id` integer,
  PRIMARY KEY (`id`),
  FOREIGN KEY (`b_id`) REFERENCES `b` (`id`)
);
