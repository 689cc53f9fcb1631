import { afterEach, describe, expect, test } from '@jest/globals';
import { atIst, type Bar, type Instrument, istTimeOf } from '@rtp/core';
import { type BenchOptions, DayBench } from './fixtures/day-bench.ts';
import { instrumentOf } from './fixtures/instruments.ts';

const DATE = '2026-11-20';
const ALFA = instrumentOf(1, 'ALFA');
const BETA = instrumentOf(2, 'BETA');
const NIFTY = instrumentOf(4, 'NIFTY', { class: 'index', securityId: '13' });
/** Real time does not pass on a hand-cranked clock. */
const NO_FLOORS = { feed_stall_floor_ms: 0, quote_stall_floor_ms: 0 };

let bench: DayBench;
afterEach(() => bench.stop());

/** Twenty minutes, 09:15 to 09:35, swept at 09:50. */
function shortDay(given: Partial<BenchOptions> = {}): DayBench {
  bench = new DayBench({
    date: DATE,
    from: '09:00',
    instruments: [ALFA, BETA, NIFTY],
    marketHours: { start: '09:15', end: '09:35' },
    ...given,
    pipeline: { ...NO_FLOORS, ...given.pipeline },
  });
  return bench;
}

const at = (time: string): number => atIst(DATE, time);
const isBetween = (from: string, to: string) => (now: number) => now >= at(from) && now < at(to);
const hhmm = (instant: number): string => istTimeOf(instant).slice(0, 5);
const sourcesOf = () => bench.report.sources.map(({ group, source }) => [group, source]);
const barsOf = (symbol: string): readonly Bar[] => bench.store.barsOf(DATE, symbol);
/** Minute by minute: source, and whether the bar is partial. */
const madeOf = (symbol: string): Record<string, string> =>
  Object.fromEntries(barsOf(symbol).map((bar) => [hhmm(bar.ts), bar.partial ? `${bar.source}, partial` : bar.source]));
/** The bars as they left for the first time, before charts corrected them. */
const firstMadeOf = (symbol: string): Record<string, string> => {
  const instrumentId = barsOf(symbol)[0]?.instrumentId;
  const made: Record<string, string> = {};
  for (const bar of bench.store.batches.flatMap((batch) => batch.bars)) {
    if (bar.instrumentId !== instrumentId) continue;
    made[hhmm(bar.ts)] ??= bar.partial ? `${bar.source}, partial` : bar.source;
  }
  return made;
};
const expectWholeDay = (): void => {
  for (const symbol of bench.tapes.keys()) {
    expect([symbol, bench.storedOf(symbol)]).toEqual([symbol, bench.officialOf(symbol)]);
  }
};

describe('batch quotes in place of the feed', () => {
  test('bring every minute whole, with exact volumes, when the feed is refused all day', async () => {
    shortDay();
    bench.broker.acceptsFeed = () => false;
    bench.start();
    await bench.until('09:34');
    expect(bench.report.degraded).toBe('index, share on live source quote: feed down: HTTP 503');
    await bench.until('09:35:05');
    expect(bench.report).toMatchObject({ source: 'quote', minutesSealed: 20 });
    expect(bench.report.sourceReason).toContain('HTTP 503');
    expect(bench.report.sources.map(({ stale }) => stale)).toEqual([0, 0]);
    for (const symbol of ['ALFA', 'BETA', 'NIFTY']) {
      expect(new Set(Object.values(madeOf(symbol)))).toEqual(new Set(['quote']));
      const volumes = (rows: readonly (readonly number[])[]) => rows.map((row) => [row[0], row[5]]);
      expect(volumes(bench.storedOf(symbol))).toEqual(volumes(bench.officialOf(symbol)));
    }
    expect(bench.broker.chartCalls).toEqual([]);
    await bench.until('09:55');
    expect(bench.report.sealed).toBe(true);
    expectWholeDay();
  });

  test('show the first minute of a whole universe within half a minute of market time', async () => {
    const many = Array.from({ length: 500 }, (_, index) => instrumentOf(index + 1, `S${index + 1}`));
    shortDay({ instruments: many, from: '09:21:10' });
    bench.broker.acceptsFeed = () => false;
    bench.start();
    await bench.until('09:21:40');
    const shown = new Set(bench.broker.quoteCalls.filter((call) => call.at < at('09:21:39')).map(({ ids }) => ids));
    expect(shown).toEqual(new Set([500]));
    await bench.until('09:23:03');
    const whole = bench.store.batches.flatMap(({ bars }) => bars).filter((bar) => hhmm(bar.ts) === '09:22');
    expect(whole).toHaveLength(500);
    expect(whole.every(({ source, partial }) => source === 'quote' && !partial)).toBe(true);
  });

  test('are asked for every few seconds and at the end of each minute, in as many calls as they need', async () => {
    shortDay({
      pipeline: { update_intervals: { quote_update_seconds: 7 } },
      performance: { max_symbols_per_batch: 2 },
    });
    bench.broker.acceptsFeed = () => false;
    bench.start();
    await bench.until('09:18');
    const minute = bench.broker.quoteCalls.filter(({ at: asked }) => hhmm(asked) === '09:16');
    expect(minute.map(({ ids }) => ids)).toEqual(Array.from({ length: 9 }, () => [2, 1]).flat());
    const rounds = minute.filter((_, position) => position % 2 === 0).map((call) => (call.at / 1_000) % 60);
    expect(rounds).toEqual([0, 7, 14, 21, 28, 35, 42, 49, 56]);
  });

  test('rest while the feed flows, between windows and after the close', async () => {
    bench = new DayBench({
      date: DATE,
      from: '09:00',
      instruments: [ALFA],
      windows: [
        ['09:15', '09:20'],
        ['09:40', '09:45'],
      ],
      pipeline: NO_FLOORS,
    });
    bench.start();
    await bench.until('09:20');
    expect(bench.broker.quoteCalls).toEqual([]);
    bench.broker.acceptsFeed = () => false;
    bench.broker.dropFeed();
    await bench.until('09:59');
    const asked = [...new Set(bench.broker.quoteCalls.map((call) => hhmm(call.at)))];
    expect(asked).toEqual(['09:20', '09:39', '09:40', '09:41', '09:42', '09:43', '09:44', '09:45']);
    // A moment before the second window they have shown where the counter stands.
    expect(madeOf('ALFA')['09:40']).toBe('quote');
  });

  test('a value seen before the open is the baseline of the first minute', async () => {
    shortDay();
    bench.broker.acceptsFeed = () => false;
    bench.start();
    await bench.until('09:16:10');
    expect(bench.broker.quoteCalls[0]?.at).toBeLessThan(at('09:15'));
    expect(bench.storedOf('ALFA')[0]?.[5]).toBe(bench.officialOf('ALFA')[0]?.[5]);
    expect(madeOf('ALFA')['09:15']).toBe('quote');
  });
});

describe('an outage of the feed', () => {
  test('of seven minutes costs the minutes until quotes took over, and nothing when the feed comes back', async () => {
    shortDay();
    bench.broker.isMute = isBetween('09:20', '09:27');
    bench.start();
    await bench.until('09:34:30');
    expect(bench.report).toMatchObject({ source: 'feed', degraded: '' });
    const made = firstMadeOf('ALFA');
    const count = (what: string) => Object.values(made).filter((source) => source === what).length;
    // Silent at 09:20, found after some of its own mean gaps, bridged from then until it has lasted.
    expect(made['09:19']).toBe('feed');
    expect(['09:23', '09:24', '09:25', '09:26'].map((minute) => made[minute])).toEqual(Array(4).fill('quote'));
    expect(made['09:28']).toBe('feed');
    expect(count('feed')).toBeGreaterThanOrEqual(11);
    // One call for each share repairs the minutes that nobody saw.
    expect(bench.broker.chartCalls.map(({ securityId }) => securityId).toSorted()).toEqual(['1001', '1002', '13']);
    expect(barsOf('ALFA').filter(({ partial }) => partial)).toEqual([]);
    await bench.until('09:55');
    expectWholeDay();
  });

  test('that quotes bridge from its first moment costs no minute at all', async () => {
    shortDay();
    bench.start();
    await bench.until('09:19:59');
    // A round stands at the end of the minute; the feed is gone for six minutes.
    bench.broker.acceptsFeed = (now) => now >= at('09:26');
    bench.broker.dropFeed();
    await bench.until('09:34:30');
    const made = madeOf('ALFA');
    expect([made['09:19'], made['09:20'], made['09:25']]).toEqual(['feed', 'quote', 'quote']);
    expect(made['09:30']).toBe('feed');
    expect(Object.values(made)).toHaveLength(19);
    expect(bench.broker.chartCalls).toEqual([]);
  });

  test('with quotes and charts down as well is sealed with nothing, and every minute comes in the end', async () => {
    shortDay();
    const isDown = isBetween('09:20', '09:26');
    bench.broker.isMute = isDown;
    bench.broker.quotes = (now) => (isDown(now) ? 'fail' : 'answer');
    bench.broker.charts = (now) => (isDown(now) ? 'fail' : 'answer');
    bench.start();
    await bench.until('09:25:30');
    expect(bench.report).toMatchObject({ source: 'none' });
    expect(bench.report.degraded).toContain('3 instruments are stale');
    expect(bench.report.sources).toMatchObject([
      { group: 'index', stale: 1 },
      { group: 'share', stale: 2 },
    ]);
    await bench.until('09:55');
    expect(bench.report.sealed).toBe(true);
    expectWholeDay();
  });
});

describe('the order to reconnect the source', () => {
  const RECONNECT = { name: 'reconnect-source', reason: 'stale data' } as const;
  const hour = 3_600_000;

  test('brings back a feed whose silence is not judged yet; the minute it is made in is partial until its chart', async () => {
    shortDay({ pipeline: { feed_stall_ms: hour, feed_class_stall_ms: hour, quote_stall_ms: hour } });
    bench.broker.isMute = (now) => bench.broker.feedConnects === 1 && now >= at('09:20');
    bench.broker.quotes = () => 'fail';
    bench.broker.charts = (now) => (now < at('09:30') ? 'fail' : 'answer');
    bench.start();
    await bench.until('09:25:30');
    expect(bench.broker.feedConnects).toBe(1);
    expect(
      barsOf('ALFA')
        .map(({ ts }) => hhmm(ts))
        .at(-1),
    ).toBe('09:19');
    expect(await bench.order(RECONNECT)).toBe('the feed is connected anew');
    await bench.until('09:28:05');
    expect(bench.broker.feedConnects).toBe(2);
    const made = madeOf('ALFA');
    expect([made['09:25'], made['09:26'], made['09:27']]).toEqual(['feed, partial', 'feed', 'feed']);
    await bench.until('09:55');
    expectWholeDay();
  });

  test('asks for quotes at once where the feed has no connection, and says so', async () => {
    shortDay({ pipeline: { update_intervals: { quote_update_seconds: 50 } } });
    bench.broker.acceptsFeed = () => false;
    bench.start();
    await bench.until('09:20:20');
    const before = bench.broker.quoteCalls.length;
    expect(await bench.order(RECONNECT)).toBe('the feed has no connection (HTTP 503) and keeps trying');
    await bench.until('09:20:21');
    expect(bench.broker.quoteCalls).toHaveLength(before + 1);
  });

  test('finds nothing to do when no session is under way', async () => {
    shortDay();
    bench.start();
    await bench.until('09:51');
    expect(await bench.order(RECONNECT)).toBe('no live sources are in use');
  });

  test('is the only one that the pipeline takes', async () => {
    shortDay().start();
    await expect(bench.order({ name: 'write-report', period: 'daily', date: DATE })).rejects.toThrow('write-report');
  });
});

describe('groups', () => {
  const cas = [10, 11, 12, 13].map((id) => instrumentOf(id, `CAS${id}`, { class: 'cas_share' }));
  const shares = [20, 21, 22, 23].map((id) => instrumentOf(id, `SHARE${id}`));
  const isCas = ({ symbol }: Instrument): boolean => symbol.startsWith('CAS');

  test('a class that falls silent alone is bridged and subscribed to anew; the others stay on the feed', async () => {
    shortDay({ instruments: [...cas, ...shares, NIFTY] });
    bench.broker.listFuturesOn(cas, DATE);
    bench.broker.isMute = (now, instrument) => isCas(instrument) && isBetween('09:20', '09:28')(now);
    bench.start();
    await bench.until('09:24');
    expect(sourcesOf()).toEqual([
      ['index', 'feed'],
      ['cas_share', 'quote'],
      ['share', 'feed'],
    ]);
    const { since, reason } = bench.report.sources[1] as { since: number; reason: string };
    expect(hhmm(since)).toBe('09:21');
    expect(reason).toMatch(/^feed without cas_share for \d+ s$/);
    expect(bench.report).toMatchObject({ source: 'quote', sourceReason: reason });
    expect(bench.broker.resubscribed.slice(0, 4).toSorted()).toEqual(cas.map(({ securityId }) => securityId));
    expect(bench.broker.feedConnects).toBe(1);
    await bench.until('09:34:30');
    expect(bench.report).toMatchObject({ source: 'feed', degraded: '' });
    expect(Object.values(firstMadeOf('CAS10')).filter((made) => made === 'quote').length).toBeGreaterThanOrEqual(6);
    expect(new Set(Object.values(madeOf('SHARE20')))).toEqual(new Set(['feed']));
    // Between two attempts lie two minutes.
    expect(bench.broker.resubscribed.length / 4).toBeLessThanOrEqual(4);
    expect(new Set(bench.broker.chartCalls.map(({ securityId }) => securityId))).toEqual(
      new Set(cas.map(({ securityId }) => securityId)),
    );
  });

  test('shares of the closing auction may fall silent a minute before their last one ends, and after it', async () => {
    shortDay({
      instruments: [...cas, ...shares],
      from: '15:00',
      marketHours: { start: '15:05', end: '15:30' },
    });
    bench.broker.listFuturesOn(cas, DATE);
    bench.broker.isMute = (now, instrument) => isCas(instrument) && now >= at('15:13:30');
    bench.start();
    await bench.until('15:29');
    expect(sourcesOf()).toEqual([
      ['cas_share', 'feed'],
      ['share', 'feed'],
    ]);
    expect(bench.report).toMatchObject({ source: 'feed', degraded: '' });
    // The one for the volumes of those that have closed.
    expect(bench.broker.quoteCalls.map(({ at: asked, ids }) => [hhmm(asked), ids])).toEqual([['15:15', 4]]);
    expect(bench.broker.resubscribed).toEqual([]);
  });
});

describe('a closing-auction class that is mute before its silence means nothing', () => {
  test('stays on quotes to the end of its minutes: the last ones are whole', async () => {
    const cas = [10, 11, 12, 13].map((id) => instrumentOf(id, `CAS${id}`, { class: 'cas_share' }));
    const shares = [20, 21, 22, 23].map((id) => instrumentOf(id, `SHARE${id}`));
    shortDay({
      instruments: [...cas, ...shares],
      from: '15:00',
      marketHours: { start: '15:05', end: '15:30' },
      pipeline: { auction_quiet_ms: 120_000 },
    });
    bench.broker.listFuturesOn(cas, DATE);
    bench.broker.isMute = (now, { symbol }) => symbol.startsWith('CAS') && now >= at('15:08:30');
    bench.start();
    await bench.until('15:14:55');
    expect(bench.report.sources[0]).toMatchObject({
      group: 'cas_share',
      source: 'quote',
      reason: expect.stringMatching(/^feed without cas_share for \d+ s$/),
    });
    await bench.until('15:16');
    for (const minute of ['15:12', '15:13', '15:14']) expect(firstMadeOf('CAS10')[minute]).toBe('quote');
    await bench.until('15:29');
    expect(sourcesOf()[0]).toEqual(['cas_share', 'feed']);
  });
});

describe('quotes that are not good', () => {
  /** No feed; quotes as given from 09:20 to 09:26. */
  const withoutFeed = (fate: DayBench['broker']['quotes']): void => {
    shortDay();
    bench.broker.acceptsFeed = () => false;
    bench.broker.quotes = (now) => (isBetween('09:20', '09:26')(now) ? fate(now) : 'answer');
    bench.start();
  };

  test.each<[string, DayBench['broker']['quotes'], string]>([
    ['fail', () => 'fail', 'quotes failed'],
    ['lack their rows', () => 'empty', 'quotes lack rows'],
    ['stand still', () => at('09:20'), 'live source of share: chart'],
  ])('when they %s charts take over, and hand back after quotes have lasted', async (what, fate, reason) => {
    withoutFeed(fate);
    await bench.until('09:19');
    expect(bench.report.source).toBe('quote');
    await bench.until('09:25:55');
    expect(bench.report.source).toBe('chart');
    expect(bench.warnings.join()).toContain(reason);
    // Nobody else may take failing quotes for a market that stands still.
    expect(bench.report.sources.find(({ group }) => group === 'share')?.isStill).toBe(what === 'stand still');
    expect(madeOf('ALFA')['09:23']).toBe('chart');
    await bench.until('09:28');
    expect(bench.report.source).toBe('quote');
    await bench.until('09:55');
    expect(bench.report.sealed).toBe(true);
    expectWholeDay();
  });

  test('an instrument that answers lack is repaired by itself', async () => {
    shortDay();
    bench.broker.acceptsFeed = () => false;
    bench.broker.hasQuoteOf = (now, { symbol }) => symbol !== 'BETA' || !isBetween('09:20', '09:23')(now);
    bench.start();
    await bench.until('09:30');
    expect(bench.report.source).toBe('quote');
    expect(bench.warnings).toContain('quotes lack rows');
    expect(new Set(bench.broker.chartCalls.map(({ securityId }) => securityId))).toEqual(new Set(['1002']));
    expect(['09:20', '09:21', '09:22'].map((minute) => madeOf('BETA')[minute])).toEqual(['chart', 'chart', 'chart']);
    expect(madeOf('ALFA')['09:21']).toBe('quote');
  });
});

describe('charts alone', () => {
  test('serve priority symbols first and say what is stale', async () => {
    const many = Array.from({ length: 12 }, (_, index) => instrumentOf(index + 1, `S${index + 1}`));
    shortDay({
      instruments: many,
      pipeline: { priority_symbols: ['S11', 'S12'] },
      performance: { max_workers_data: 1 },
    });
    bench.broker.acceptsFeed = () => false;
    bench.broker.quotes = () => 'fail';
    // Each call takes a while: the whole universe needs longer than a stale limit.
    bench.broker.chartAnswerMs = 15_000;
    bench.start();
    await bench.until('09:25');
    const [group] = bench.report.sources;
    expect(group).toMatchObject({ group: 'share', symbols: 12, source: 'chart' });
    expect(group?.stale).toBeGreaterThan(4);
    expect(group?.stale).toBeLessThan(12);
    const asked = bench.broker.chartCalls.filter((call) => call.at >= at('09:18'));
    const callsOf = (...ids: string[]) => asked.filter(({ securityId }) => ids.includes(securityId)).length;
    expect(callsOf('1011') + callsOf('1012')).toBeGreaterThan(callsOf('1001') + callsOf('1002'));
  });
});

describe('charts without a call left', () => {
  test('carry nothing, and say so', async () => {
    shortDay();
    bench.broker.acceptsFeed = () => false;
    bench.broker.quotes = () => 'fail';
    bench.start();
    await bench.until('09:20');
    expect(bench.report.source).toBe('chart');
    bench.broker.chartCallsLeft = 0;
    await bench.until('09:21');
    expect(bench.report.source).toBe('none');
    bench.broker.chartCallsLeft = 500;
    await bench.until('09:22');
    expect(bench.report.source).toBe('chart');
  });
});

describe('a chart that fails for ever', () => {
  test('is asked for ever more rarely, and holds up no repair of others', async () => {
    shortDay({ performance: { max_workers_data: 1 } });
    bench.broker.charts = (_now, { securityId }) => (securityId === '1001' ? 'fail' : 'answer');
    bench.broker.acceptsFeed = (now) => !isBetween('09:18', '09:20')(now);
    bench.broker.quotes = () => 'fail';
    bench.start();
    await bench.until('09:18:30');
    bench.broker.dropFeed();
    await bench.until('09:34');
    const askedOf = (id: string) => bench.broker.chartCalls.filter(({ securityId }) => securityId === id).length;
    expect(askedOf('1002')).toBeGreaterThan(0);
    expect(barsOf('BETA').every(({ partial }) => !partial)).toBe(true);
    // 15, 30, 60, 120, 240 s apart and longer.
    expect(askedOf('1001')).toBeLessThan(10);
  });
});

describe('the first minute', () => {
  test('is flagged and brought by charts when nothing was shown before the open', async () => {
    shortDay();
    bench.broker.sendsSnapshots = false;
    bench.start();
    await bench.until('09:16:10');
    expect(madeOf('ALFA')['09:15']).toBe('feed, partial');
    await bench.until('09:19:05');
    expect(madeOf('ALFA')).toMatchObject({ '09:15': 'chart', '09:18': 'feed' });
  });
});
