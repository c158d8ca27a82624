-- Written by `cargo xtask generate`. Don't edit.

CREATE TABLE payments.payments (
  key bigint PRIMARY KEY,
  version bigint NOT NULL,
  schema integer NOT NULL,
  body bytea NOT NULL,
  state text COLLATE "C",
  amount bigint,
  authorized bigint,
  captured bigint,
  released bigint,
  refund_pending bigint,
  refunded bigint,
  attention_since bigint,
  CHECK (state IN ('processing', 'requires_action', 'authorized', 'captured', 'voided', 'failed')),
  CHECK (captured >= 0 AND released >= 0 AND refund_pending >= 0 AND refunded >= 0),
  CHECK (captured + released <= authorized AND authorized <= amount),
  CHECK (refunded + refund_pending <= captured)
) WITH (fillfactor = 50);
CREATE INDEX payments_needing_attention ON payments.payments (attention_since, key) WHERE attention_since IS NOT NULL;

CREATE TABLE payments.ledger_transactions (
  key bigint PRIMARY KEY,
  version bigint NOT NULL,
  schema integer NOT NULL,
  body bytea NOT NULL,
  at bigint
);
