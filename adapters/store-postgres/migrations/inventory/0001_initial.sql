-- Written by `cargo xtask generate`. Don't edit.

CREATE TABLE inventory.stock (
  key bigint PRIMARY KEY,
  version bigint NOT NULL,
  schema integer NOT NULL,
  body bytea NOT NULL,
  on_hand bigint,
  reserved bigint,
  CHECK (on_hand >= 0),
  CHECK (reserved >= 0),
  CHECK (reserved <= on_hand),
  CHECK (on_hand <= 1000000000000)
) WITH (fillfactor = 50);

CREATE TABLE inventory.reservations (
  key bigint PRIMARY KEY,
  version bigint NOT NULL,
  schema integer NOT NULL,
  body bytea NOT NULL,
  state text COLLATE "C",
  expires_at bigint,
  CHECK (state IN ('held', 'committed', 'consumed', 'released', 'rejected'))
) WITH (fillfactor = 50);
CREATE INDEX reservations_expiring ON inventory.reservations (expires_at, key) WHERE state = 'held';

CREATE TABLE inventory.movements (
  key bigint PRIMARY KEY,
  version bigint NOT NULL,
  schema integer NOT NULL,
  body bytea NOT NULL,
  sku text COLLATE "C"
);
