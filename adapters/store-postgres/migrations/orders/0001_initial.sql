-- Written by `cargo xtask generate`. Don't edit.

CREATE TABLE orders.orders (
  key bigint PRIMARY KEY,
  version bigint NOT NULL,
  schema integer NOT NULL,
  body bytea NOT NULL,
  user_id text COLLATE "C",
  state text COLLATE "C",
  created_at bigint,
  total bigint,
  CHECK (state IN ('pending', 'confirmed', 'completed', 'cancelling', 'cancelled', 'rejected')),
  CHECK (total >= 0)
) WITH (fillfactor = 50);
CREATE INDEX orders_by_time ON orders.orders (created_at, key);
CREATE INDEX orders_by_user ON orders.orders (user_id, created_at, key);
CREATE INDEX orders_by_state ON orders.orders (state, created_at, key);
