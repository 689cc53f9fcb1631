-- What does not belong to one day's file: identities, sessions, receipts.
CREATE TABLE instruments (
  instrument_id UINTEGER NOT NULL,
  segment VARCHAR NOT NULL,
  security_id VARCHAR NOT NULL,
  symbol VARCHAR NOT NULL,
  isin VARCHAR NOT NULL,
  series VARCHAR NOT NULL,
  class VARCHAR NOT NULL,
  tick_paise DOUBLE NOT NULL,
  valid_from DATE NOT NULL,
  valid_to DATE,
  tracked_from DATE NOT NULL
);

CREATE TABLE days (
  date DATE NOT NULL,
  kind VARCHAR NOT NULL,
  name VARCHAR NOT NULL,
  state VARCHAR NOT NULL
);

-- Windows of continuous trading, by instrument class: the minutes owed.
CREATE TABLE sessions (
  date DATE NOT NULL,
  class VARCHAR NOT NULL,
  open_ts TIMESTAMPTZ NOT NULL,
  close_ts TIMESTAMPTZ NOT NULL
);

-- Who owes them.
CREATE TABLE tracked (
  date DATE NOT NULL,
  instrument_id UINTEGER NOT NULL,
  symbol VARCHAR NOT NULL,
  class VARCHAR NOT NULL
);

CREATE TABLE seals (
  date DATE NOT NULL,
  generation UINTEGER NOT NULL,
  commit_seq UBIGINT NOT NULL,
  sealed_at TIMESTAMPTZ NOT NULL,
  instruments UINTEGER NOT NULL,
  bars UBIGINT NOT NULL,
  superseded UBIGINT NOT NULL,
  absences UBIGINT NOT NULL,
  unknown UBIGINT NOT NULL,
  complete BOOLEAN NOT NULL,
  checksum VARCHAR NOT NULL
);

-- The exchange's own day: its close comes from the closing auction.
CREATE TABLE daily_official (
  date DATE NOT NULL,
  instrument_id UINTEGER NOT NULL,
  symbol VARCHAR NOT NULL,
  open DOUBLE NOT NULL,
  high DOUBLE NOT NULL,
  low DOUBLE NOT NULL,
  close DOUBLE NOT NULL,
  volume BIGINT NOT NULL,
  known_at TIMESTAMPTZ NOT NULL
);

-- Prices before ex_date are multiplied by price_factor, volumes by volume_factor.
CREATE TABLE adjustments (
  instrument_id UINTEGER NOT NULL,
  symbol VARCHAR NOT NULL,
  ex_date DATE NOT NULL,
  price_factor DOUBLE NOT NULL,
  volume_factor DOUBLE NOT NULL,
  known_at TIMESTAMPTZ NOT NULL
);
