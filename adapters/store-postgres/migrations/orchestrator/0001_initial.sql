-- Written by `cargo xtask generate`. Don't edit.

CREATE TABLE orchestrator.sagas (
  key bigint PRIMARY KEY,
  version bigint NOT NULL,
  schema integer NOT NULL,
  body bytea NOT NULL,
  state text COLLATE "C",
  definition text COLLATE "C",
  started_at bigint,
  CHECK (state IN ('RUNNING', 'PAUSED', 'COMPENSATING', 'COMPENSATION_FAILED', 'COMPLETED', 'COMPENSATED', 'RESOLVED'))
) WITH (fillfactor = 50);
CREATE INDEX sagas_by_state ON orchestrator.sagas (state, key);
CREATE INDEX sagas_by_definition ON orchestrator.sagas (definition, key);
CREATE INDEX sagas_counted ON orchestrator.sagas (definition, state, key);
