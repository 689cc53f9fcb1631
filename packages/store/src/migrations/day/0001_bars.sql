-- One trading day, in arrival order. No keys and no indexes; rows are only ever added.
-- Enumerations are indexes into the lists of @rtp/core: sources, states, absence reasons.
CREATE TABLE bars (
  instrument_id UINTEGER NOT NULL,
  ts TIMESTAMPTZ NOT NULL,
  open DOUBLE NOT NULL,
  high DOUBLE NOT NULL,
  low DOUBLE NOT NULL,
  close DOUBLE NOT NULL,
  volume BIGINT NOT NULL,
  source UTINYINT NOT NULL,
  state UTINYINT NOT NULL,
  partial BOOLEAN NOT NULL,
  revision UINTEGER NOT NULL,
  known_at TIMESTAMPTZ NOT NULL,
  commit_seq UBIGINT NOT NULL
);

CREATE TABLE absences (
  instrument_id UINTEGER NOT NULL,
  ts TIMESTAMPTZ NOT NULL,
  reason UTINYINT NOT NULL,
  known_at TIMESTAMPTZ NOT NULL,
  commit_seq UBIGINT NOT NULL
);

-- Bars of [from_ts, to_ts] that older commits wrote were raised to `state` without a change of values.
CREATE TABLE confirmations (
  instrument_id UINTEGER NOT NULL,
  from_ts TIMESTAMPTZ NOT NULL,
  to_ts TIMESTAMPTZ NOT NULL,
  state UTINYINT NOT NULL,
  known_at TIMESTAMPTZ NOT NULL,
  commit_seq UBIGINT NOT NULL
);

-- (producer_id, epoch, seq) makes a resent batch a no-op.
CREATE TABLE commits (
  commit_seq UBIGINT NOT NULL,
  producer_id VARCHAR NOT NULL,
  epoch UBIGINT NOT NULL,
  seq UBIGINT NOT NULL,
  committed_at TIMESTAMPTZ NOT NULL,
  inserted UINTEGER NOT NULL,
  revised UINTEGER NOT NULL,
  confirmed UINTEGER NOT NULL,
  ignored UINTEGER NOT NULL,
  absences UINTEGER NOT NULL
);
