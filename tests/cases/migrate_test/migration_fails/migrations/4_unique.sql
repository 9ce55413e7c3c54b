CREATE TABLE tags (id integer);
CREATE UNIQUE INDEX users_first ON users (first_name);
