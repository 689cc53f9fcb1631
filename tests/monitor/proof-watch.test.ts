import { afterEach, describe, expect, test } from '@jest/globals';
import { ManualClock, type ProofFile, silentLogger } from '@rtp/core';
import { ProofWatch } from '@rtp/monitor';
import type { SealReceipt } from '@rtp/store-client';
import { calendar, ist } from './support/system.ts';

const MINUTE = 60_000;
const TIMES = {
  intervalMs: MINUTE,
  intervalFloorMs: 0,
  delayMs: 10 * MINUTE,
  delayFloorMs: 0,
  marginMs: 45 * MINUTE,
  retryMs: 15 * MINUTE,
  days: 3,
};
const running: { end(): Promise<void> }[] = [];
afterEach(async () => {
  for (const watch of running.splice(0)) await watch.end();
});

const proof = (date: string, generation: number, verdict: ProofFile['verdict'] = 'proved'): ProofFile => ({
  version: 1,
  date,
  generation,
  verdict,
  summary: `${verdict} ${generation}`,
});

/** A watch over sealed dates, whose proofs come out as told. */
function setUp(start: string, seals: Record<string, number>, outcome: (date: string) => ProofFile | string) {
  const clock = new ManualClock(ist(start));
  const kept = new Map<string, ProofFile>();
  const proved: string[] = [];
  const stopping = new AbortController();
  const watch = new ProofWatch({
    clock,
    calendar,
    logger: silentLogger,
    store: {
      dates: async () =>
        Object.keys(seals).map((date) => ({ date, state: seals[date] === 0 ? 'open' : 'sealed' }) as const),
      receipt: async (date) =>
        ({ date, generation: seals[date], bars: date === '2025-09-01' ? 0 : 31_125 }) as SealReceipt,
    },
    times: TIMES,
    kept: (date) => kept.get(date) ?? null,
    prove: async (date) => {
      proved.push(`${date}/${seals[date]}`);
      const result = outcome(date);
      if (typeof result === 'string') return result;
      kept.set(date, result);
      return null;
    },
  });
  const run = watch.run(stopping.signal);
  running.push({
    end: async () => {
      stopping.abort(new Error('the test is over'));
      await run;
    },
  });
  return { clock, watch, kept, proved, seals };
}

describe('a sealed date', () => {
  test('is proved once, after the delay, and again for its next generation only', async () => {
    const seals = { '2025-09-03': 1, '2025-09-04': 0 };
    const { clock, watch, proved } = setUp('2025-09-03 16:00', seals, (date) => proof(date, seals['2025-09-03']));
    await clock.advance(9 * MINUTE);
    expect(proved).toEqual([]);
    expect(watch.report()).toMatchObject({ date: '2025-09-03', state: 'waiting' });
    await clock.advance(60 * MINUTE);
    expect(proved).toEqual(['2025-09-03/1']);
    expect(watch.report()).toEqual({ date: '2025-09-03', generation: 1, state: 'proved', summary: 'proved 1' });
    expect(watch.degraded).toBe('');
    seals['2025-09-03'] = 2;
    await clock.advance(60 * MINUTE);
    expect(proved).toEqual(['2025-09-03/1', '2025-09-03/2']);
  });

  test('that somebody proves during the delay is not proved a second time', async () => {
    const { clock, watch, kept, proved } = setUp('2025-09-03 16:00', { '2025-09-03': 1 }, (date) => proof(date, 1));
    await clock.advance(5 * MINUTE);
    kept.set('2025-09-03', proof('2025-09-03', 1));
    await clock.advance(60 * MINUTE);
    expect(proved).toEqual([]);
    expect(watch.report()?.state).toBe('proved');
  });

  test('without bars has nothing to prove', async () => {
    const { clock, watch, proved } = setUp('2025-09-03 16:00', { '2025-09-01': 1 }, (date) => proof(date, 1));
    await clock.advance(60 * MINUTE);
    expect([proved, watch.report(), watch.degraded]).toEqual([[], null, '']);
  });
});

test('proofs that were missed are caught up, the newest days only, the earliest first', async () => {
  const seals = { '2025-08-28': 1, '2025-08-29': 1, '2025-09-02': 1, '2025-09-03': 1 };
  const { clock, proved } = setUp('2025-09-03 20:00', seals, (date) => proof(date, 1));
  await clock.advance(15 * MINUTE);
  expect(proved).toEqual(['2025-08-29/1', '2025-09-02/1', '2025-09-03/1']);
});

test('no proof begins in a session or shortly before one', async () => {
  const { clock, proved } = setUp('2025-09-04 08:35', { '2025-09-03': 1 }, (date) => proof(date, 1));
  await clock.advanceTo(ist('2025-09-04 15:29'));
  expect(proved).toEqual([]);
  await clock.advanceTo(ist('2025-09-04 15:45'));
  expect(proved).toEqual(['2025-09-03/1']);
});

describe('what is not right', () => {
  test('degrades until the date is proved, and is not proved again by itself', async () => {
    const { clock, watch, kept, proved } = setUp('2025-09-03 16:00', { '2025-09-03': 1 }, (date) =>
      proof(date, 1, 'failed'),
    );
    await clock.advance(120 * MINUTE);
    expect(proved).toEqual(['2025-09-03/1']);
    expect(watch.report()?.state).toBe('failed');
    expect(watch.degraded).toBe('indicators of 2025-09-03 are not proved: failed 1');
    kept.set('2025-09-03', proof('2025-09-03', 1));
    await clock.advance(MINUTE);
    expect(watch.degraded).toBe('');
  });

  test('a proof that comes to no end degrades and is tried again after a while', async () => {
    const results: (ProofFile | string)[] = ['RTP_CATALOGUE_UNREADABLE: no', proof('2025-09-03', 1)];
    const { clock, watch, proved } = setUp('2025-09-03 16:00', { '2025-09-03': 1 }, () => results.shift()!);
    await clock.advance(12 * MINUTE);
    expect(proved).toHaveLength(1);
    expect(watch.degraded).toBe('indicators of 2025-09-03 are not proved: RTP_CATALOGUE_UNREADABLE: no');
    await clock.advance(10 * MINUTE);
    expect(proved).toHaveLength(1);
    await clock.advance(30 * MINUTE);
    expect(proved).toHaveLength(2);
    expect(watch.degraded).toBe('');
  });
});
