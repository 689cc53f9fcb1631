/** What every view and column of the catalogue means, kept where the reader meets it: as comments in the file. */
import { type IndicatorColumn, storedColumns } from '@rtp/indicators';

export const VIEW_COMMENTS: Readonly<Record<string, string>> = {
  bars: 'One row a minute and instrument that traded, at its newest revision. Minutes without trades have no row: see absences.',
  bars_revisions: 'Every revision of every bar, oldest values included.',
  bars_adjusted: 'bars, with prices and volumes brought to the newest share basis (splits, bonuses).',
  indicators:
    'Stored indicators: one row a minute and instrument with a whole bar, at its newest values. Null before the first value.',
  absences: 'Expected minutes without a bar, and why: either there can be none, or there is none yet.',
  confirmations: 'Bars that an official candle confirmed without changing a value, as ranges of minutes.',
  commits: 'What the store committed, batch by batch.',
  coverage: 'Expected minutes of every instrument and day: bars + absences + missing.',
  differences:
    'How far the whole bars of a live source were from the official ones: one row an instrument, day and live source.',
  instruments: 'Identities and their dated listings.',
  days: 'Trading days the store knows.',
  sessions: 'Windows of continuous trading, by day and instrument class.',
  tracked: 'Instruments whose minutes are owed, by day.',
  seals: 'Receipts of sealed days: counts and checksum of the files.',
  daily_official: "The exchange's own daily bars; their close comes from the closing auction.",
  adjustments: 'Factors for prices and volumes before an ex-date.',
  catalogue_info: 'Where this catalogue was built for.',
};

export const COLUMN_COMMENTS: Readonly<Record<string, string>> = {
  absences: 'Expected minutes that a reason settles',
  bars: 'Number of bars',
  checksum: 'SHA-256 over the sealed bars, by instrument and minute',
  class: 'What decides trading hours: share, cas_share (in the closing auction) or index',
  close: 'Last traded price of the minute, rupees (points for an index)',
  close_ist: 'End of the window, IST wall clock',
  close_ts: 'End of the window, not included',
  commit_seq: 'Number of the commit that wrote the row; grows with time over all days',
  committed_at: 'Market instant of the commit',
  committed_at_ist: 'Market instant of the commit, IST wall clock',
  complete: 'No expected minute was still owed',
  confirmed: 'Bars that only rose in state',
  data_dir: 'Data directory the catalogue reads',
  date: 'Trading date, IST',
  epoch: 'Start of the producer that sent the batch',
  ex_date: 'First date traded on the new basis',
  expected: 'Minutes owed that day',
  from_ist: 'First minute, IST wall clock',
  from_ts: 'First minute',
  generation: '1 for the first seal of a day, higher after corrections',
  high: 'Highest traded price of the minute',
  ignored: 'Rows that changed nothing',
  indicators: 'Rows of indicators',
  inserted: 'First bars of their minute',
  instrument_id: 'Identity of the instrument, for ever',
  instruments: 'Number of instruments',
  isin: 'ISIN, empty for an index',
  kind: 'regular, special or recorded session',
  known_at: 'Market instant at which the values became known',
  low: 'Lowest traded price of the minute',
  missing: 'Expected minutes that are neither; while the day runs, also those to come',
  owed: 'Of the missing, those with an absence that says why there is no bar yet',
  name: 'Name of the session',
  open: 'First traded price of the minute',
  open_ist: 'Start of the window, IST wall clock',
  open_ts: 'Start of the window',
  partial: 'The source did not see the whole minute',
  price_factor: 'Prices before the ex-date are multiplied by this',
  producer_id: 'Who sent the batch',
  provisional: 'Bars not yet confirmed by an official candle',
  reason:
    'Settled by no_trades, halted, not_listed or closed; still owed with feed_silent, broker_lag, rate_limited or unknown',
  revised: 'Bars whose values were replaced',
  revision: '1 for the first values of a minute, higher after corrections',
  sealed_at: 'Market instant of the seal',
  sealed_at_ist: 'Market instant of the seal, IST wall clock',
  security_id: "The broker's id of the listing",
  segment: 'Exchange segment, as the broker spells it',
  seq: 'Number of the batch within its epoch',
  series: 'Series of the listing (EQ, BE, ...)',
  settled: 'The reason says why there can be no bar; otherwise the minute is still owed',
  source: 'Where the values came from: feed, quote or chart',
  state: 'How final: provisional, confirmed or reconciled; of a day: open or sealed',
  superseded: 'Older revisions kept',
  symbol: 'Exchange symbol on that date',
  tick_paise: 'Smallest price step, paise',
  time_ist: 'Start of the minute, IST wall clock',
  to_ist: 'Last minute, IST wall clock',
  to_ts: 'Last minute, included',
  tracked_from: 'First date whose minutes are owed',
  ts: 'Start of the minute',
  unknown: 'Expected minutes still owed at the seal, by whatever reason',
  valid_from: 'First date of the listing',
  valid_to: 'Last date of the listing; null while current',
  volume: 'Shares traded; 0 for an index',
  volume_factor: 'Volumes before the ex-date are multiplied by this',
};

const DIFFERENCE_VALUES = ['open', 'high', 'low', 'close', 'volume'] as const;

/** Columns of the view of differences that mean something else elsewhere, or are in no other. */
const DIFFERENCE_COMMENTS: Readonly<Record<string, string>> = {
  source: 'The live source: feed or quote',
  compared: 'Minutes with a whole bar of the source and an official one',
  partial: 'Minutes with an official bar that the source did not see whole; not compared',
  ...Object.fromEntries(
    DIFFERENCE_VALUES.flatMap((name) => {
      const [unit, of] =
        name === 'volume' ? ['percent', '% of the official volume'] : ['bp', 'basis points of the official close'];
      return [
        [`${name}_differ`, `Minutes compared whose ${name} was another`],
        [`${name}_mean_${unit}`, `Mean absolute difference of the ${name} over all minutes compared, ${of}`],
        [`${name}_max_${unit}`, `Largest absolute difference of the ${name}, ${of}`],
      ];
    }),
  ),
};

/** What an indicator's column means and counts. */
const indicatorComment = ({ meaning, unit }: IndicatorColumn): string => `${meaning} (${unit})`;

/** Columns of the view of indicators that are in no other. */
const INDICATOR_COMMENTS: Readonly<Record<string, string>> = Object.fromEntries(
  storedColumns.map((column) => [column.name, indicatorComment(column)]),
);

/** By view, columns that are explained there before elsewhere. */
export const OWN_COMMENTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  indicators: INDICATOR_COMMENTS,
  differences: DIFFERENCE_COMMENTS,
};
