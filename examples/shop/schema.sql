-- The schema that the shop wants; `plinth migrate diff` writes the migration that leads to it.
CREATE TABLE users (
  id integer PRIMARY KEY AUTOINCREMENT,
  email text NOT NULL,
  created_at text NOT NULL DEFAULT CURRENT_TIMESTAMP,
  age integer
);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE TABLE products (
  id integer PRIMARY KEY AUTOINCREMENT,
  name text NOT NULL,
  price integer NOT NULL CHECK (price >= 0)
);
CREATE TABLE orders (
  id integer PRIMARY KEY AUTOINCREMENT,
  user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  total integer NOT NULL,
  note text,
  currency text NOT NULL DEFAULT 'EUR'
);
CREATE INDEX orders_user ON orders (user_id);
CREATE TABLE order_items (
  order_id integer NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  product_id integer NOT NULL REFERENCES products (id),
  quantity integer NOT NULL DEFAULT 1,
  PRIMARY KEY (order_id, product_id)
);
CREATE VIEW order_totals AS
  SELECT order_id, sum(quantity * price) AS total
  FROM order_items JOIN products ON products.id = product_id
  GROUP BY order_id;
CREATE TABLE accounts (
  id integer PRIMARY KEY,
  user_id integer NOT NULL UNIQUE REFERENCES users (id),
  plan text NOT NULL DEFAULT 'free'
);
