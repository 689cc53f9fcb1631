import { z } from 'zod';

const istTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day HH:MM, IST');
const symbol = z.string().regex(/^[A-Z0-9&-]+$/, 'an NSE symbol in capitals');

const PRIORITY_SYMBOLS = [
  'HDFCBANK',
  'ICICIBANK',
  'RELIANCE',
  'BHARTIARTL',
  'INFY',
  'LT',
  'SBIN',
  'AXISBANK',
  'ITC',
  'TCS',
  'M&M',
  'KOTAKBANK',
  'BAJFINANCE',
  'HINDUNILVR',
  'MARUTI',
  'SUNPHARMA',
  'NTPC',
  'ETERNAL',
  'TITAN',
  'ULTRACEMCO',
];

export const performanceSection = z.strictObject({
  max_workers_data: z.int().min(1).max(64).default(8).describe('REST calls in flight at most, budget permitting.'),
  max_workers_indicators: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe(
      'Threads of the store for rolling the state of stored indicators over three days or more (after a change of old bars, or without a state on disk), at most one fewer than the processors; each takes some 45 MB while it works. 1, or two processors: none, in slices on its own thread. Live minutes and single days need none.',
    ),
  batch_size: z.int().min(1).max(5_000).default(50).describe('Symbols per store batch and per job step.'),
  max_symbols_per_batch: z.int().min(1).max(1_000).default(1_000).describe('Symbols per quote call.'),
});

export const pipelineSection = z.strictObject({
  universe_file: z
    .string()
    .min(1)
    .default('config/universe.csv')
    .describe("CSV with at least `symbol,security_id,isin`; relative to the project's folder."),
  index_symbols: z.array(symbol).default(['NIFTY']).describe('Indices tracked beside the universe.'),
  priority_symbols: z
    .array(symbol)
    .default(PRIORITY_SYMBOLS)
    .describe('Symbols served first everywhere; those absent from the universe are warned about.'),
  market_hours: z
    .strictObject({
      start: istTime.default('00:00').describe('First minute of the day that is acquired.'),
      end: istTime.default('23:59').describe('End of the last minute of the day that is acquired.'),
    })
    .prefault({})
    .describe("Narrows the calendar's sessions, never widens them."),
  update_intervals: z
    .strictObject({
      data_update_seconds: z
        .int()
        .min(60)
        .multipleOf(60)
        .default(60)
        .describe('Length of an acquisition cycle, a multiple of 60.'),
      quote_update_seconds: z
        .int()
        .min(2)
        .max(60)
        .default(4)
        .describe(
          "Market time between two rounds of batch quotes while the feed is down; a round stands at each minute's end as well.",
        ),
    })
    .prefault({}),
  grace_ms: z
    .int()
    .min(0)
    .default(2_000)
    .describe("Market time after a minute's end at which it is sealed; widens to the feed's own p95 lag."),
  grace_max_ms: z.int().min(0).default(6_000).describe('Widest the grace becomes.'),
  grace_floor_ms: z.int().min(0).default(100).describe('Least real time of that wait.'),
  prepare_lead_minutes: z
    .int()
    .min(1)
    .max(240)
    .default(45)
    .describe("Start of *prepare* before the day's first window."),
  sweep_delay_ms: z.int().min(0).default(900_000).describe('Market time between the last close and the day-end sweep.'),
  chart_retry_ms: z
    .int()
    .min(100)
    .default(15_000)
    .describe('Wait before a chart that lacked expected minutes is asked again, market time.'),
  chart_retry_floor_ms: z.int().min(0).default(100).describe('Least real time of that wait.'),
  chart_retries: z
    .int()
    .min(0)
    .default(3)
    .describe('Times an empty or short chart is asked again before its gaps are believed.'),
  feed_stall_ms: z
    .int()
    .min(1_000)
    .default(30_000)
    .describe('Market time a socket may stay mute in session before other sources take over and it is made anew.'),
  feed_stall_floor_ms: z.int().min(0).default(1_000).describe('Least real time of that silence.'),
  feed_recovery_ms: z
    .int()
    .min(0)
    .default(10_000)
    .describe('Market time the feed must flow again before it is the live source once more.'),
  feed_hush_ms: z
    .int()
    .min(1_000)
    .default(5_000)
    .describe('Market time of silence, more than is ordinary, from which quotes are asked for beside the feed.'),
  feed_down_ms: z
    .int()
    .min(0)
    .default(5_000)
    .describe('Market time without a connection after which the feed is down.'),
  feed_class_stall_ms: z
    .int()
    .min(1_000)
    .default(60_000)
    .describe(
      'Market time that one class of instruments may be mute while it trades, on the feed or in quotes; a thin class is given several of its own mean gaps.',
    ),
  feed_class_retry_ms: z
    .int()
    .min(1_000)
    .default(120_000)
    .describe('Least market time between two new subscriptions of a mute class.'),
  auction_quiet_ms: z
    .int()
    .min(0)
    .default(120_000)
    .describe("Market time before the end of a closing-auction share's minutes in which its silence is ordinary."),
  quote_update_floor_ms: z.int().min(0).default(50).describe('Least real time between two rounds of batch quotes.'),
  quote_stall_ms: z
    .int()
    .min(1_000)
    .default(15_000)
    .describe(
      'Market time without a good round of batch quotes, or without a row of an instrument, that makes it down.',
    ),
  quote_stall_floor_ms: z.int().min(0).default(1_000).describe('Least real time of that wait.'),
  quote_recovery_ms: z
    .int()
    .min(0)
    .default(5_000)
    .describe('Market time batch quotes must be good again before they are the live source once more.'),
  quote_margin_ms: z
    .int()
    .min(0)
    .default(20_000)
    .describe('Market time before an open and after a close in which batch quotes stand in for a feed that is down.'),
  closing_quote_delay_ms: z
    .int()
    .min(0)
    .default(20_000)
    .describe("Market time after a class's last minute at which its final volumes are asked for, as batch quotes."),
  gap_tolerance_ms: z
    .int()
    .min(0)
    .default(5_000)
    .describe(
      'Longest market time inside one minute in which no source delivers and that leaves its bar whole: about that between two rounds of quotes.',
    ),
  source_failures: z
    .int()
    .min(1)
    .default(3)
    .describe('Calls that fail in a row after which charts, or quotes, do not count as a live source.'),
  stale_after_ms: z
    .int()
    .min(60_000)
    .default(120_000)
    .describe('Market age of the newest known minute from which an instrument that trades counts as stale.'),
  restart_settle_ms: z
    .int()
    .min(0)
    .default(5_000)
    .describe(
      'Market time after a start in which live sources show what it has cost, so that one call for each instrument repairs it all.',
    ),
  repair_delay_ms: z
    .int()
    .min(0)
    .default(75_000)
    .describe("Market time after a suspect minute's end at which its official candle is asked for."),
  repair_spacing_ms: z
    .int()
    .min(0)
    .default(300_000)
    .describe('Least market time between two repairs of one instrument.'),
  confirm_interval_ms: z
    .int()
    .min(60_000)
    .default(900_000)
    .describe("Market time in which each priority symbol's live bars are compared with its official candles once."),
  gap_lasting_ms: z
    .int()
    .min(0)
    .default(600_000)
    .describe(
      'Market time for which charts must go on lacking the same minutes of an instrument before they are believed, where nobody watched and counters seen later leave it open.',
    ),
  halt_minutes: z
    .int()
    .min(2)
    .default(10)
    .describe(
      'Minutes without any trade, one after the other, from which on an instrument that otherwise trades is halted.',
    ),
  halt_traded_share: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.9)
    .describe('Part of its other minutes in which such an instrument must have traded.'),
  sweep_reserve_calls: z
    .int()
    .min(0)
    .default(2)
    .describe('Chart calls of the day kept back for the sweep, for each tracked instrument.'),
  chart_error_min_ms: z
    .int()
    .min(100)
    .default(2_000)
    .describe(
      'Market time without chart calls after a failed one, at least; about doubles with each failure in a row.',
    ),
  chart_error_max_ms: z.int().min(100).default(60_000).describe('Longest wait after failed chart calls.'),
  seal_retry_ms: z
    .int()
    .min(1_000)
    .default(60_000)
    .describe('Market time between two repairs of a swept day that is not complete.'),
  sweep_patience_ms: z
    .int()
    .min(0)
    .default(1_800_000)
    .describe(
      'Market time a sweep that starts late, or of an earlier day, may take before the day is sealed as it is.',
    ),
  delivery_max_rows: z
    .int()
    .min(1_000)
    .default(400_000)
    .describe('Rows that may wait for the store; live bars beyond are left to the sweep.'),
  delivery_batch_rows: z
    .int()
    .min(1)
    .default(6_000)
    .describe('Rows of indicators after which a batch is divided; the day of one instrument never is.'),
  store_retry_min_ms: z
    .int()
    .min(1)
    .default(50)
    .describe('Real time between two attempts to deliver a batch: the first wait, and the longest.'),
  store_retry_max_ms: z
    .int()
    .min(1)
    .default(2_000)
    .describe('Longest real time between two attempts to reach the store.'),
  backfill_days: z
    .int()
    .min(0)
    .max(1_825)
    .default(5)
    .describe('Most trading days, newest first, looked back for missing minutes on start.'),
  daily_official: z
    .boolean()
    .default(true)
    .describe(
      "Before the open, ask for the exchange's own daily candle of the day before: one chart call for each tracked instrument.",
    ),
  backfill_in_flight: z
    .int()
    .min(1)
    .max(64)
    .default(2)
    .describe('Calls of a backfill in flight at most: each answer of 89 days takes some 25 MB until it is on disk.'),
  backfill_look_ms: z
    .int()
    .min(1)
    .default(500)
    .describe('Real time between two looks for a backfill that was asked for or given up.'),
});
