/**
 * The fault matrix: every fault of the simulated exchange alone, seeded random mixtures of them, and the bad day the broker
 * is known to have (wire §7.6). Each cell is a session of 45 minutes; faults hold inside it, or reach into the sweep.
 */
import { type AbsenceReason, simulatorFaultSchema } from '@rtp/core';
import { BAD_DAY } from '@rtp/exchange-simulator';
import { seededRandom } from './seeded-random.ts';
import type { SessionSpec } from './session-spec.ts';

export type CellGroup = 'none' | 'alone' | 'lasting' | 'mixture' | 'bad day' | 'limits';

export interface MatrixCell extends SessionSpec {
  readonly group: CellGroup;
}

const SYMBOLS = 24;
/** At most so fast where the broker's limits are the subject: above, calls go one at a time. */
const LIMITS_SPEED = 20;
const MIXTURES = 20;
const BAD_DAY_SYMBOLS = 100;

/** A session of the day's opening; one fault holds in the middle of it. */
const MORNING = { from: '09:15', to: '10:00' } as const;
const IN_SESSION = { from: '09:25', to: '09:40' } as const;
/** From the middle of the session into the sweep, which begins a minute after the close. */
const INTO_SWEEP = { from: '09:25', to: '10:04' } as const;
const ALL_DAY = { from: '00:00', to: '23:59' } as const;

type Given = { readonly name: string } & Readonly<Record<string, unknown>>;

/** Each fault alone. Quotes are asked only while the feed is down, so theirs come with a feed that is refused. */
const ALONE: readonly (readonly [name: string, faults: readonly Given[]])[] = [
  ...(['charts_429', 'charts_500', 'charts_empty', 'charts_no_data', 'charts_null', 'charts_today_empty'] as const).map(
    (name) => [name, [{ name, ...INTO_SWEEP }]] as const,
  ),
  ['charts_first_minutes_empty', [{ name: 'charts_first_minutes_empty', from: '09:15', to: '10:04' }]],
  ['charts_lag', [{ name: 'charts_lag', lagMs: 120_000, ...INTO_SWEEP }]],
  ['charts_stray_index_bar', [{ name: 'charts_stray_index_bar', at: ['09:10', '10:00'], ...ALL_DAY }]],
  ['charts_flat_minutes', [{ name: 'charts_flat_minutes', ...ALL_DAY }]],
  ['charts_invalid_prices', [{ name: 'charts_invalid_prices', ...INTO_SWEEP }]],
  ...(['quotes_429', 'quotes_500', 'quotes_empty', 'quotes_invalid_prices', 'quotes_stale'] as const).map(
    (name) =>
      [
        name,
        [
          { name: 'feed_refused', from: '09:22', to: '09:45' },
          { name, ...IN_SESSION, ...(name === 'quotes_stale' ? { lagMs: 60_000 } : {}) },
        ],
      ] as const,
  ),
  ...(['answers_truncated', 'answers_wrong_type', 'answers_trickle', 'answers_reset'] as const).map(
    (name) => [name, [{ name, ...INTO_SWEEP }]] as const,
  ),
  ['token_invalidated', [{ name: 'token_invalidated', ...IN_SESSION }]],
  [
    'mint_throttled',
    [
      { name: 'token_invalidated', ...IN_SESSION },
      { name: 'mint_throttled', ...IN_SESSION },
    ],
  ],
  ['data_plan_lapsed', [{ name: 'data_plan_lapsed', ...IN_SESSION }]],
  ['clock_skew', [{ name: 'clock_skew', skewMs: 7_000, ...INTO_SWEEP }]],
  ...(['feed_refused', 'feed_silent', 'feed_half_open', 'feed_disconnect_805'] as const).map(
    (name) => [name, [{ name, ...IN_SESSION }]] as const,
  ),
  ['feed_silent_class', [{ name: 'feed_silent_class', classes: ['cas_share'], ...IN_SESSION }]],
  ['feed_reset', [{ name: 'feed_reset', everyMs: 300_000, ...MORNING }]],
  ['feed_reset_mid_frame', [{ name: 'feed_reset_mid_frame', everyMs: 300_000, ...MORNING }]],
  ['feed_lag', [{ name: 'feed_lag', lagMs: 60_000, ...IN_SESSION }]],
  ['feed_lag, 200 s', [{ name: 'feed_lag', lagMs: 200_000, ...IN_SESSION }]],
  ...(
    [
      'feed_volume_drop',
      'feed_volume_glitch',
      'feed_duplicates',
      'feed_out_of_order',
      'feed_zero_ltt',
      'feed_truncated_tail',
      'feed_unknown_code',
      'feed_invalid_prices',
    ] as const
  ).map((name) => [name, [{ name, ...IN_SESSION }]] as const),
  ['halt of two shares', [{ name: 'halt', symbols: ['360ONE', 'ABB'], ...IN_SESSION }]],
  ['halt of the market', [{ name: 'halt', ...IN_SESSION }]],
];

/** Without recovery: the broker fails until the day is sealed as it is. */
const LASTING: readonly (readonly [name: string, faults: readonly Given[], reasons: readonly AbsenceReason[]])[] = [
  ['charts_429 to the end', [{ name: 'charts_429', ...ALL_DAY }], ['rate_limited']],
  ['charts_500 to the end', [{ name: 'charts_500', ...ALL_DAY }], ['feed_silent', 'unknown']],
  ['charts_today_empty to the end', [{ name: 'charts_today_empty', ...ALL_DAY }], ['broker_lag', 'unknown']],
  [
    'charts_429 to the end, feed silent in the middle',
    [
      { name: 'charts_429', ...ALL_DAY },
      { name: 'quotes_500', ...ALL_DAY },
      { name: 'feed_silent', ...IN_SESSION },
    ],
    ['rate_limited', 'feed_silent'],
  ],
];

/** Where the broker's limits are the subject. */
const LIMITS: readonly (readonly [name: string, faults: readonly Given[]])[] = [
  [
    'charts alone',
    [
      { name: 'feed_refused', ...ALL_DAY },
      { name: 'quotes_500', ...ALL_DAY },
    ],
  ],
  ['quotes alone', [{ name: 'feed_refused', ...MORNING }]],
  [
    'a token lost twice',
    [
      { name: 'token_invalidated', from: '09:25', to: '09:26' },
      { name: 'token_invalidated', from: '09:27', to: '09:28' },
    ],
  ],
];

const PARAMETERS: Readonly<Record<string, object>> = { feed_lag: { lagMs: 45_000 }, clock_skew: { skewMs: 4_000 } };

/** What mixtures are drawn from: each with the parameters it needs, at any time of the session. */
const MIXABLE: readonly Given[] = [
  'charts_429 charts_500 charts_empty charts_no_data charts_null charts_first_minutes_empty charts_invalid_prices',
  'quotes_429 quotes_500 quotes_empty quotes_invalid_prices',
  'answers_truncated answers_wrong_type answers_trickle answers_reset token_invalidated clock_skew',
  'feed_refused feed_silent feed_half_open feed_reset feed_reset_mid_frame feed_lag feed_volume_drop feed_volume_glitch',
  'feed_duplicates feed_out_of_order feed_zero_ltt feed_truncated_tail feed_unknown_code feed_invalid_prices',
]
  .flatMap((names) => names.split(' '))
  .map((name) => ({ name, ...PARAMETERS[name] }));

/** Every cell, in the order of the table. */
export function faultMatrix({ seed, speed }: { readonly seed: number; readonly speed: number }): readonly MatrixCell[] {
  const base = { seed, symbols: SYMBOLS, speed, ends: 'exact', ...MORNING } as const;
  const cell = (
    group: CellGroup,
    name: string,
    faults: readonly Given[],
    more: Partial<SessionSpec> = {},
  ): MatrixCell => ({
    ...base,
    group,
    name,
    faults: faults.map((fault) => simulatorFaultSchema.parse(fault)),
    ...more,
  });
  return [
    cell('none', 'no fault', []),
    cell('none', 'no fault, into the closing auction', [], { from: '14:45', to: '15:30' }),
    ...ALONE.map(([name, faults]) => cell('alone', name, faults)),
    ...LASTING.map(([name, faults, openReasons]) => cell('lasting', name, faults, { ends: 'open', openReasons })),
    ...LIMITS.map(([name, faults]) => cell('limits', name, faults, { speed: LIMITS_SPEED })),
    ...Array.from({ length: MIXTURES }, (_, index) => mixture(cell, seed, index)),
    cell('bad day', 'bad day', [...BAD_DAY], { symbols: BAD_DAY_SYMBOLS, speed }),
  ];
}

type MakeCell = (group: CellGroup, name: string, faults: readonly Given[], more?: Partial<SessionSpec>) => MatrixCell;

/**
 * Three to five faults at random times, each for two to fifteen minutes. Those of charts and answers reach into the sweep;
 * those of live sources end before the close, for the exchange goes on trading behind the session's: its counters then hold
 * what belongs to no minute, and no proof of the last quiet ones is left.
 */
function mixture(cell: MakeCell, seed: number, index: number): MatrixCell {
  const random = seededRandom(seed * 1_000 + index);
  const pool = [...MIXABLE];
  const count = 3 + Math.floor(random() * 3);
  const faults = Array.from({ length: count }, () => {
    const [fault] = pool.splice(Math.floor(random() * pool.length), 1) as [Given];
    const isLive = /^(feed|quotes|answers)_/.test(fault.name);
    const from = 2 + Math.floor(random() * (isLive ? 37 : 42));
    const to = Math.min(from + 2 + Math.floor(random() * 14), isLive ? 42 : 50);
    return { ...fault, from: minuteOfSession(from), to: minuteOfSession(to) };
  });
  const name = `${index + 1}: ${faults.map((fault) => fault.name).join(', ')}`;
  return cell('mixture', name, faults, { seed: seed + index, mustStrike: false });
}

function minuteOfSession(minute: number): string {
  const ofDay = 9 * 60 + 15 + minute;
  return `${String(Math.floor(ofDay / 60)).padStart(2, '0')}:${String(ofDay % 60).padStart(2, '0')}`;
}

/** The seeded part of the matrix that runs with every change: one cell in so many, and always the bad day. */
export function sampleOf(cells: readonly MatrixCell[], seed: number, oneIn: number): readonly MatrixCell[] {
  const random = seededRandom(seed);
  const ranked = cells
    .filter(({ group }) => group !== 'limits')
    .map((one) => ({ one, rank: one.group === 'bad day' ? -1 : random() }));
  const chosen = new Set(
    ranked
      .toSorted((a, b) => a.rank - b.rank)
      .slice(0, Math.ceil(cells.length / oneIn))
      .map(({ one }) => one),
  );
  return cells.filter((one) => chosen.has(one));
}
