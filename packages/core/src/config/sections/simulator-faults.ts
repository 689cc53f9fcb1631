import { z } from 'zod';

const istTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, 'a time of day HH:MM[:SS], IST');
const marketMs = (byDefault: number) => z.int().min(1).default(byDefault);

/** What every fault may say. */
const COMMON = {
  from: istTime.default('00:00').describe('First instant at which it holds, IST time of the simulated day.'),
  to: istTime.default('23:59:59').describe('First instant at which it no longer does.'),
  probability: z.number().min(0).max(1).default(1).describe('Part of the occasions on which it strikes.'),
};
/** What a fault of single instruments may say. */
const OF_INSTRUMENTS = {
  symbols: z.array(z.string().min(1)).min(1).optional().describe('Only these; all when left out.'),
};
const ANSWERS = {
  paths: z
    .array(z.enum(['charts', 'quotes', 'account', 'master']))
    .min(1)
    .default(['charts', 'quotes'])
    .describe('Whose answers: account means profile and tokens, master the instrument lists.'),
};
const REPEATED = {
  everyMs: marketMs(300_000).describe('Market time from one to the next; the first comes as it begins.'),
};
const INVALID_PRICES = ['nan', 'negative', 'zero'] as const;

/** A fault that says when it holds, and what its parameters say. */
function fault<const Name extends string, Params extends z.core.$ZodLooseShape>(
  name: Name,
  meaning: string,
  params: Params,
) {
  return z.strictObject({ name: z.literal(name), ...COMMON, ...params }).describe(meaning);
}

/** A named misbehaviour of the simulated exchange between two times of the simulated day. */
export const simulatorFaultSchema = z.discriminatedUnion('name', [
  fault('charts_429', 'Chart calls are refused for their rate (DH-904), however slow they are.', OF_INSTRUMENTS),
  fault('charts_500', 'Chart calls fail inside the broker (HTTP 500, DH-908).', OF_INSTRUMENTS),
  fault('charts_no_data', 'Chart calls are answered that there is no data (HTTP 400, DH-907).', OF_INSTRUMENTS),
  fault('charts_null', 'Charts answer with null for every array.', OF_INSTRUMENTS),
  fault('charts_empty', 'Charts answer with empty arrays.', OF_INSTRUMENTS),
  fault('charts_today_empty', 'Charts know nothing of the current day; past days are there.', OF_INSTRUMENTS),
  fault('charts_first_minutes_empty', "Charts lack the current day's first minutes.", {
    ...OF_INSTRUMENTS,
    minutes: z.int().min(1).default(2).describe('How many.'),
  }),
  fault('charts_lag', 'Minutes are published later.', {
    ...OF_INSTRUMENTS,
    lagMs: marketMs(120_000).describe('Market time later than usual.'),
  }),
  fault('charts_stray_index_bar', 'Index charts hold flat bars without volume outside the session.', {
    ...OF_INSTRUMENTS,
    at: z.array(istTime).min(1).default(['15:30', '17:55', '18:44', '19:20']).describe('Their minutes, IST.'),
  }),
  fault('charts_flat_minutes', "The day's minutes without trades are charted as flat bars without volume.", {
    ...OF_INSTRUMENTS,
  }),
  fault('charts_invalid_prices', 'Some candles have a price that cannot be: NaN as a bare word, negative or zero.', {
    ...OF_INSTRUMENTS,
    kinds: z
      .array(z.enum(INVALID_PRICES))
      .min(1)
      .default([...INVALID_PRICES])
      .describe('One is drawn for an answer.'),
  }),

  fault('quotes_429', 'Quote calls are refused for their rate (805), however slow they are.', {}),
  fault('quotes_500', 'Quote calls fail inside the broker (HTTP 500, 800).', {}),
  fault('quotes_empty', 'Quotes of valid instruments are left out.', OF_INSTRUMENTS),
  fault('quotes_invalid_prices', 'Quotes have a last price that cannot be: NaN as a bare word, negative or zero.', {
    ...OF_INSTRUMENTS,
    kinds: z
      .array(z.enum(INVALID_PRICES))
      .min(1)
      .default([...INVALID_PRICES])
      .describe('One is drawn for a quote.'),
  }),
  fault('quotes_stale', 'Quotes show the market as it was.', {
    ...OF_INSTRUMENTS,
    lagMs: marketMs(120_000).describe('Market time ago.'),
  }),

  fault('answers_truncated', 'An answer ends in its middle; its content-length is that of what is sent.', ANSWERS),
  fault('answers_wrong_type', 'An HTML page comes instead of the answer.', {
    ...ANSWERS,
    status: z
      .union([z.literal(200), z.literal(502)])
      .default(502)
      .describe('Its HTTP status.'),
  }),
  fault('answers_trickle', 'The bytes of an answer drip.', {
    ...ANSWERS,
    firstByteMs: z.int().min(0).default(1_000).describe('Real time until the first byte.'),
    bytesPerSecond: z.int().min(1).default(1_000).describe('Bytes in a second of real time.'),
  }),
  fault('answers_reset', 'The connection is reset in the middle of an answer.', ANSWERS),

  fault('token_invalidated', 'As it begins the live token ends, everywhere, until another is minted.', {
    reason: z
      .union([z.literal(807), z.literal(809)])
      .default(809)
      .describe('Why feed sockets are disconnected.'),
  }),
  fault(
    'data_plan_lapsed',
    'Charts answer DH-902, quotes 806, and the feed turns away; the profile still says Active.',
    {
      feed: z
        .enum(['disconnect_806', 'handshake_429'])
        .default('disconnect_806')
        .describe('How the feed turns a new connection away.'),
    },
  ),
  fault('mint_throttled', 'Tokens are refused as minted too soon, however long the last was ago.', {}),
  fault('clock_skew', "The Date header is off the market's time.", {
    skewMs: z.int().default(120_000).describe('Ahead; negative is behind.'),
  }),

  fault('feed_refused', 'Feed sockets are cut as it begins; handshakes are answered with HTTP 429.', {}),
  fault('feed_disconnect_805', 'Feed sockets are disconnected for too many connections (packet 50, 805).', {
    everyMs: z.int().min(1).nullable().default(null).describe('Market time from one to the next; null: once.'),
  }),
  fault('feed_reset', 'Feed sockets are reset, without a packet or a close frame before.', REPEATED),
  fault('feed_reset_mid_frame', 'Feed sockets are reset in the middle of a frame.', REPEATED),
  fault('feed_half_open', 'Feed sockets stay open and are dead: no frame, ping, pong or end. New ones work.', {
    refuseNew: z.boolean().default(false).describe('New handshakes are not answered either.'),
  }),
  fault('feed_silent', 'Packets of the feed are lost; its sockets stay open.', OF_INSTRUMENTS),
  fault('feed_silent_class', 'Packets of a class of instruments are lost.', {
    classes: z
      .array(z.enum(['share', 'cas_share', 'index']))
      .min(1)
      .default(['cas_share'])
      .describe('Which: cas_share is a share with a closing auction, share one without.'),
  }),
  fault('feed_lag', 'Packets of the feed come late.', {
    ...OF_INSTRUMENTS,
    lagMs: marketMs(30_000).describe('Market time, where the distribution is constant.'),
    distribution: z
      .enum(['constant', 'bad_day'])
      .default('constant')
      .describe('bad_day: median 1 s, p99 46 s, at most 198 s (wire §7.6).'),
    reorder: z
      .boolean()
      .default(false)
      .describe('Every packet draws a lag of its own and overtakes; else the whole stream is late, in order.'),
  }),
  fault('feed_out_of_order', 'Packets come after later ones of the same instrument.', {
    ...OF_INSTRUMENTS,
    withinMs: marketMs(3_000).describe('Market time that a packet comes late, at most.'),
  }),
  fault('feed_duplicates', 'Packets come twice.', OF_INSTRUMENTS),
  fault(
    'feed_volume_drop',
    "The day's volume falls to 0 as it begins and counts from there; its end does not undo that.",
    OF_INSTRUMENTS,
  ),
  fault('feed_volume_glitch', 'One packet of each instrument has a volume of 0.', OF_INSTRUMENTS),
  fault('feed_zero_ltt', 'Packets have a last trade time of 0.', OF_INSTRUMENTS),
  fault('feed_invalid_prices', 'Packets have a last price that cannot be.', {
    ...OF_INSTRUMENTS,
    kinds: z
      .array(z.enum([...INVALID_PRICES, 'infinite']))
      .min(1)
      .default([...INVALID_PRICES, 'infinite'])
      .describe('One is drawn for a packet.'),
  }),
  fault('feed_truncated_tail', 'Frames end in the middle of a packet.', OF_INSTRUMENTS),
  fault('feed_unknown_code', 'A packet with an undocumented response code comes before the packet.', OF_INSTRUMENTS),

  z
    .strictObject({
      name: z.literal('halt'),
      from: COMMON.from,
      to: COMMON.to,
      symbols: OF_INSTRUMENTS.symbols,
    })
    .describe('Nothing trades in the minutes that begin in it: no packets, no candles, and the volume stands still.'),
  z
    .strictObject({
      name: z.literal('split'),
      symbols: z.array(z.string().min(1)).min(1).describe('Whose shares.'),
      exDate: z.iso.date().describe('First date on which the shares trade split.'),
      ratio: z.number().gt(0).default(2).describe('Shares that one becomes; a bonus of 1:1 is 2.'),
    })
    .describe('Shares are split: from the ex-date on, charts show the dates before it adjusted.'),
]);

/** A fault with its defaults filled in. */
export type SimulatorFault = z.infer<typeof simulatorFaultSchema>;
/** A fault as it is written. */
export type SimulatorFaultInput = z.input<typeof simulatorFaultSchema>;
/** The fault of one name. */
export type SimulatorFaultOf<Name extends SimulatorFault['name']> = Extract<SimulatorFault, { name: Name }>;

/** What happens on the exchange itself, for every source alike; all other faults lie on the way to the client. */
export type SimulatorMarketEvent = SimulatorFaultOf<'halt' | 'split'>;

/** Faults in a list; each begins before it ends. */
export const simulatorFaultsSchema = z.array(simulatorFaultSchema).superRefine((faults, context) => {
  for (const [index, fault] of faults.entries()) {
    if (!('from' in fault) || fault.from < fault.to) continue;
    const message = `a time before its end (${fault.to})`;
    context.addIssue({ code: 'custom', path: [index, 'from'], message, params: { value: fault.from } });
  }
});

/** A schedule of faults: `--faults FILE` and `PUT /__simulator/faults`. */
export const faultPlanSchema = z
  .strictObject({
    seed: z.int().min(0).default(1).describe('Of everything drawn at random.'),
    faults: simulatorFaultsSchema.describe('All that holds; none ends every fault.'),
  })
  .readonly();
export type FaultPlan = z.infer<typeof faultPlanSchema>;
