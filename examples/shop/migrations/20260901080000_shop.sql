-- Create "users" table
CREATE TABLE users (
  id integer PRIMARY KEY AUTOINCREMENT,
  email text NOT NULL,
  legacy_id integer,
  created_at text NOT NULL DEFAULT CURRENT_TIMESTAMP
);
-- Create "products" table
CREATE TABLE products (
  id integer PRIMARY KEY AUTOINCREMENT,
  name text NOT NULL,
  price integer NOT NULL CHECK (price >= 0)
);
-- Create "orders" table
CREATE TABLE orders (
  id integer PRIMARY KEY AUTOINCREMENT,
  user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  total integer NOT NULL,
  note text
);
-- Create index "orders_user" to table: "orders"
CREATE INDEX orders_user ON orders (user_id);
