-- Give each user an account
CREATE TABLE accounts (
  id integer PRIMARY KEY,
  user_id integer NOT NULL UNIQUE REFERENCES users (id),
  plan text NOT NULL DEFAULT 'free'
);
ALTER TABLE users ADD COLUMN age integer;
ALTER TABLE orders ADD COLUMN currency text NOT NULL;
CREATE UNIQUE INDEX users_email ON users (email);

-- atlas:nolint DS103 -- unused since 3.2, a backup is kept
ALTER TABLE users DROP COLUMN legacy_id;
