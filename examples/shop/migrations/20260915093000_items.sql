-- Create "order_items" table
CREATE TABLE order_items (
  order_id integer NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  product_id integer NOT NULL REFERENCES products (id),
  quantity integer NOT NULL DEFAULT 1,
  PRIMARY KEY (order_id, product_id)
);
-- Create "order_totals" view
CREATE VIEW order_totals AS
  SELECT order_id, sum(quantity * price) AS total
  FROM order_items JOIN products ON products.id = product_id
  GROUP BY order_id;
