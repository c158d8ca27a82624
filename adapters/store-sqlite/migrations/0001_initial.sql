-- Written by `cargo xtask generate`. Don't edit.

CREATE TABLE names (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- The epoch of the process that works on this file.
CREATE TABLE epoch (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  value INTEGER NOT NULL
) STRICT;
INSERT INTO epoch (id, value) VALUES (1, 0);

-- What was handled, with what was said at the door, in the order of time. `service` is 1 orders,
-- 2 payments, 3 inventory, 4 orchestrator; times are microseconds since 1970 UTC.
CREATE TABLE inbox (
  position INTEGER PRIMARY KEY,
  key BLOB NOT NULL,
  service INTEGER NOT NULL,
  fingerprint BLOB NOT NULL,
  reply TEXT,
  at INTEGER NOT NULL,
  UNIQUE (key, service)
) STRICT;

-- Every message handled or sent: one row per subject and round.
CREATE TABLE log (
  position INTEGER PRIMARY KEY,
  subject INTEGER NOT NULL,
  at INTEGER NOT NULL,
  messages BLOB NOT NULL
) STRICT;
CREATE INDEX log_by_subject ON log (subject);

-- Messages that wait to be published.
CREATE TABLE outbox (
  position INTEGER PRIMARY KEY,
  message BLOB NOT NULL
) STRICT;

-- Messages between services of this store that wait for the next round.
CREATE TABLE hops (
  position INTEGER PRIMARY KEY,
  to_service INTEGER NOT NULL,
  message BLOB NOT NULL
) STRICT;

CREATE TABLE timers (
  subject INTEGER NOT NULL,
  service INTEGER NOT NULL,
  label TEXT NOT NULL,
  at INTEGER NOT NULL,
  message BLOB NOT NULL,
  PRIMARY KEY (subject, service, label)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_due ON timers (at);

-- Requests to somebody outside, until their answer is handled.
CREATE TABLE effects (
  id TEXT NOT NULL,
  service INTEGER NOT NULL,
  destination TEXT NOT NULL,
  request BLOB NOT NULL,
  claimed_until INTEGER NOT NULL,
  claimed_by INTEGER NOT NULL,
  PRIMARY KEY (id, service)
) STRICT, WITHOUT ROWID;

-- Sums that many rounds add to; 128 bits, as decimal texts.
CREATE TABLE tallies (
  service INTEGER NOT NULL,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  plus TEXT NOT NULL,
  minus TEXT NOT NULL,
  PRIMARY KEY (service, name, unit)
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
  position INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  service INTEGER NOT NULL,
  source TEXT,
  subject TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;

-- Where later messages of one source about one subject wait behind a dead letter.
CREATE TABLE lots (
  service INTEGER NOT NULL,
  source TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (service, source, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE parked (
  position INTEGER PRIMARY KEY,
  service INTEGER NOT NULL,
  source TEXT NOT NULL,
  subject TEXT NOT NULL,
  message BLOB NOT NULL
) STRICT;

-- Records of orders.
CREATE TABLE orders (
  key INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  schema INTEGER NOT NULL,
  body BLOB NOT NULL,
  user_id TEXT,
  state TEXT,
  created_at INTEGER,
  total INTEGER,
  CHECK (state IN ('pending', 'confirmed', 'completed', 'cancelling', 'cancelled', 'rejected')),
  CHECK (total >= 0)
) STRICT;
CREATE INDEX orders_by_time ON orders (created_at);
CREATE INDEX orders_by_user ON orders (user_id, created_at);
CREATE INDEX orders_by_state ON orders (state, created_at);

-- Records of payments.
CREATE TABLE payments (
  key INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  schema INTEGER NOT NULL,
  body BLOB NOT NULL,
  state TEXT,
  amount INTEGER,
  authorized INTEGER,
  captured INTEGER,
  released INTEGER,
  refund_pending INTEGER,
  refunded INTEGER,
  attention_since INTEGER,
  CHECK (state IN ('processing', 'requires_action', 'authorized', 'captured', 'voided', 'failed')),
  CHECK (captured >= 0 AND released >= 0 AND refund_pending >= 0 AND refunded >= 0),
  CHECK (captured + released <= authorized AND authorized <= amount),
  CHECK (refunded + refund_pending <= captured)
) STRICT;
CREATE INDEX payments_needing_attention ON payments (attention_since) WHERE attention_since IS NOT NULL;

-- Records of payments.
CREATE TABLE ledger_transactions (
  key INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  schema INTEGER NOT NULL,
  body BLOB NOT NULL,
  at INTEGER
) STRICT;

-- Records of inventory.
CREATE TABLE stock (
  key INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  schema INTEGER NOT NULL,
  body BLOB NOT NULL,
  on_hand INTEGER,
  reserved INTEGER,
  CHECK (on_hand >= 0),
  CHECK (reserved >= 0),
  CHECK (reserved <= on_hand),
  CHECK (on_hand <= 1000000000000)
) STRICT;

-- Records of inventory.
CREATE TABLE reservations (
  key INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  schema INTEGER NOT NULL,
  body BLOB NOT NULL,
  state TEXT,
  expires_at INTEGER,
  CHECK (state IN ('held', 'committed', 'consumed', 'released', 'rejected'))
) STRICT;
CREATE INDEX reservations_expiring ON reservations (expires_at) WHERE state = 'held';

-- Records of inventory.
CREATE TABLE movements (
  key INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  schema INTEGER NOT NULL,
  body BLOB NOT NULL,
  sku TEXT
) STRICT;

-- Records of orchestrator.
CREATE TABLE sagas (
  key INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  schema INTEGER NOT NULL,
  body BLOB NOT NULL,
  state TEXT,
  definition TEXT,
  started_at INTEGER,
  CHECK (state IN ('RUNNING', 'PAUSED', 'COMPENSATING', 'COMPENSATION_FAILED', 'COMPLETED', 'COMPENSATED', 'RESOLVED'))
) STRICT;
CREATE INDEX sagas_by_state ON sagas (state);
CREATE INDEX sagas_by_definition ON sagas (definition);
CREATE INDEX sagas_counted ON sagas (definition, state);
