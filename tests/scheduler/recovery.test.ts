import { describe, expect, test } from '@jest/globals';
import { type RecoverySettings, recoveryView } from '@rtp/scheduler';
import { RecoveryBench, type Situation } from './support/recovery-bench.ts';
import { ist } from './support/snapshots.ts';

const SILENT: Situation = { isFlowing: false };
const STILL = { group: 'share', symbols: 9, source: 'none', since: 0, reason: '', stale: 9, isStill: true } as const;
const HOUR = 3_600;

/** A bench whose pipeline has been well for five minutes. */
async function bench(settings: Partial<RecoverySettings> = {}): Promise<RecoveryBench> {
  const made = new RecoveryBench(settings);
  await made.run(300);
  return made;
}

describe('a healthy pipeline', () => {
  test('is left alone', async () => {
    const { done, recovery, run } = await bound();
    await run(HOUR);
    expect(done).toEqual([]);
    expect(recovery.text).toBe('');
    expect(recovery.episodes).toEqual([]);
  });

  test('that is late for a moment is left alone, and nothing is kept of it', async () => {
    const { done, recovery, run } = await bound();
    await run(200, () => SILENT);
    await run(600);
    expect(done).toEqual([]);
    expect(recovery.episodes).toEqual([]);
  });
});

describe('data that grows old', () => {
  test('has the source connected anew, then the pipeline restarted, then the store, then a person called', async () => {
    const made = await bench();
    await made.run(1_500, () => SILENT);
    // The last bar ended at 05:00: two minutes on it is too old, and after a minute and a half of that a step is due.
    expect(made.done).toEqual([
      '08:35 reconnect-source',
      '10:35 restart pipeline',
      '14:35 restart store',
      '19:35 page',
    ]);
  });

  test('and comes again after a step is recorded with what was done and how long it took', async () => {
    const made = await bench();
    await made.run(400, ({ lastStep }) => (lastStep === '' ? SILENT : {}));
    expect(made.done).toEqual(['08:35 reconnect-source']);
    const [episode] = made.recovery.episodes;
    expect(episode).toMatchObject({
      beganAt: ist('2025-09-04 10:07:05'),
      end: 'recovered',
      isExhausted: false,
      steps: [{ step: 'reconnect-source', answer: expect.stringContaining('(health)') }],
    });
    expect(episode?.durationMs).toBe((episode?.endedAt ?? 0) - ist('2025-09-04 10:07:05'));
    expect(made.events.map(({ state }) => state)).toEqual(['step', 'recovered']);
    expect(made.events.at(-1)).toMatchObject({
      kind: 'recovery',
      duration_seconds: (episode?.durationMs ?? 0) / 1_000,
    });
    expect(made.recovery.text).toBe('');
    expect(recoveryView(made.recovery)).toMatchObject({
      text: '',
      episodes: [{ began_at: '2025-09-04T10:07:05+05:30', end: 'recovered', steps: [{ step: 'reconnect-source' }] }],
    });
  });

  test('says what is being done while it lasts', async () => {
    const made = await bench();
    await made.run(220, () => SILENT);
    expect(made.recovery.text).toMatch(/^the newest bar is \d+ s old; source reconnected at 10:08:35$/);
    expect(made.recovery.episodes).toMatchObject([{ end: null, endedAt: null }]);
  });

  test('is ordinary in a universe that trades every few minutes only, up to several of its gaps', async () => {
    const made = new RecoveryBench();
    const everyFourth = ({ clock }: RecoveryBench): Situation => ({
      isFlowing: Math.floor(clock.now() / 60_000) % 4 === 0,
    });
    await made.run(240);
    await made.run(2 * HOUR, everyFourth);
    expect(made.done.filter((entry) => entry > '20:00')).toEqual([]);
    const before = made.done.length;
    await made.run(HOUR, () => SILENT);
    expect(made.done.slice(before)[0]).toMatch(/reconnect-source$/);
  });

  test('is not over before a newer bar has come, though nothing speaks against the pipeline', async () => {
    const made = await bench({ stale_after_ms: 3_600_000 });
    await made.run(900, ({ lastStep }) => ({ isFlowing: false, isStuck: lastStep === '' }));
    expect(made.recovery.episodes).toMatchObject([{ end: null }]);
    await made.run(120);
    expect(made.recovery.episodes).toMatchObject([{ end: 'recovered' }]);
  });

  test('calls a person once, and goes through the steps again after the cool-down', async () => {
    const made = await bench({ restarts_per_hour: 100 });
    await made.run(4_000, () => SILENT);
    const steps = made.done.map((entry) => entry.slice(6));
    expect(steps).toEqual([
      'reconnect-source',
      'restart pipeline',
      'restart store',
      'page',
      'reconnect-source',
      'restart pipeline',
      'restart store',
    ]);
    expect(made.alerts).toHaveLength(1);
    expect(made.alerts[0]).toMatchObject({
      kind: 'recovery-exhausted',
      component: 'pipeline',
      summary: expect.stringMatching(/newest bar is \d+ s old; source reconnected at .*, store restarted at/),
    });
    expect(made.recovery.degraded).toContain('recovery has not helped');
    await made.run(400);
    expect(made.recovery.degraded).toBe('');
    expect(made.recovery.episodes).toMatchObject([{ end: 'recovered', isExhausted: true }]);
  });

  test('with the session lapses: nothing is owed any more', async () => {
    const made = await bench();
    await made.run(220, () => SILENT);
    await made.run(5, () => ({ ...SILENT, isNothingOwed: true }));
    expect(made.recovery.episodes).toMatchObject([{ end: 'lapsed' }]);
    expect(made.events.at(-1)).toMatchObject({ state: 'lapsed' });
  });
});

describe('other signals', () => {
  test('a pipeline that does nothing is restarted: no connection is made anew before', async () => {
    const made = await bench({ stale_after_ms: 3_600_000 });
    await made.run(600, ({ lastStep }) => ({ isStuck: lastStep === '' }));
    expect(made.done).toEqual(['09:30 restart pipeline']);
    expect(made.recovery.episodes).toMatchObject([
      { end: 'recovered', signals: [expect.stringContaining('the pipeline has done nothing for')] },
    ]);
  });

  test('calls that fail have the pipeline restarted, and then a person called: the store has no part in it', async () => {
    const made = await bench();
    await made.run(1_500, () => ({ isFailing: true }));
    expect(made.done.map((entry) => entry.slice(6))).toEqual(['restart pipeline', 'page']);
    expect(made.recovery.text).toMatch(/\d+ errors in \d+ calls/);
  });

  test('calls that failed before a step do not count after it', async () => {
    const made = await bench({ error_rate_window_ms: 3_600_000 });
    await made.run(1_500, ({ lastStep }) => (lastStep === '' ? { ...SILENT, isFailing: true } : {}));
    expect(made.done).toEqual(['08:35 reconnect-source']);
    expect(made.recovery.episodes).toMatchObject([{ end: 'recovered' }]);
  });

  test('some failed calls are no signal', async () => {
    const made = await bench();
    let count = 0;
    await made.run(1_500, () => ({ isFailing: count++ % 3 === 0 }));
    expect(made.done).toEqual([]);
  });
});

describe('hands are off', () => {
  test.each<[string, Situation]>([
    ['while the pipeline is not wanted: stopped by hand or by the calendar', { wanted: 'down' }],
    ['while no bar is owed', { isNothingOwed: true }],
    ['while the store is being restarted', { store: { state: 'starting' } }],
    ['while the store seals a day', { store: { busyWith: 'sealing 2025-09-03' } }],
    ['while the pipeline is in back-off', { pipeline: { state: 'backoff' } }],
    ['while the pipeline announced a long operation', { pipeline: { busyWith: 'reading the scrip master' } }],
    ['while the pipeline prepares', { report: { phase: 'prepare' } }],
    ['while quotes are answered and nothing trades, as in a halt', { report: { sources: [STILL] } }],
    ['while another system holds the account', { report: { leaseHeldBy: 'pid 7' } }],
    ['while the token is refused', { report: { tokenExpiresAt: null } }],
    ['while the token has ended', { report: { tokenExpiresAt: ist('2025-09-04 10:00') } }],
    ['while the broker denies the data plan', { report: { planLapsedSince: ist('2025-09-04 10:00') } }],
  ])('%s', async (_when, situation) => {
    const made = await bench();
    await made.run(1_500, () => ({ ...SILENT, ...situation }));
    expect(made.done).toEqual([]);
    // The same without it is acted upon, so that nothing else held hands off.
    await made.run(500, () => SILENT);
    expect(made.done.length).toBeGreaterThan(0);
  });

  test('but not where one group stands still and another is not delivered', async () => {
    const made = await bench();
    await made.run(500, () => ({ ...SILENT, report: { sources: [STILL, { ...STILL, isStill: false }] } }));
    expect(made.done.length).toBeGreaterThan(0);
  });

  test('after any start of the pipeline, until it has had time', async () => {
    const made = await bench();
    await made.run(200, () => SILENT);
    await made.run(200, () => ({ ...SILENT, pipeline: { pid: 9_001 } }));
    expect(made.done).toEqual(['10:25 reconnect-source']);
  });

  test('on a machine that has slept through the open, before the pipeline has had time to come back', async () => {
    const made = await bench();
    await made.sleep(2 * HOUR);
    await made.run(80, () => SILENT);
    await made.run(600);
    expect(made.done).toEqual([]);
  });
});

describe('limits', () => {
  /** An hour and a half in which nothing helps for long. */
  async function badDay(settings: Partial<RecoverySettings>): Promise<readonly string[]> {
    const made = await bench(settings);
    await made.run(5_400, () => SILENT);
    return made.done.map((entry) => entry.slice(6));
  }
  const count = (done: readonly string[], what: string) => done.filter((entry) => entry === what).length;
  const QUICK = { cool_down_ms: 0, cool_down_floor_ms: 0, notice_ms: 0, notice_floor_ms: 0 };

  test('restarts in an hour, of pipeline and store together', async () => {
    const free = await badDay({ ...QUICK, restarts_per_hour: 100, pipeline_restarts_per_day: 100 });
    const held = await badDay({ ...QUICK, restarts_per_hour: 3, pipeline_restarts_per_day: 100 });
    expect(count(free, 'restart pipeline') + count(free, 'restart store')).toBeGreaterThan(8);
    expect(count(held, 'restart pipeline') + count(held, 'restart store')).toBeLessThanOrEqual(6);
  });

  test.each([
    ['reconnects_per_day', 'reconnect-source'],
    ['pipeline_restarts_per_day', 'restart pipeline'],
    ['store_restarts_per_day', 'restart store'],
  ] as const)('%s', async (key, what) => {
    const done = await badDay({ ...QUICK, restarts_per_hour: 100, [key]: 1 });
    expect(count(done, what)).toBe(1);
    expect(count(done, what === 'restart pipeline' ? 'reconnect-source' : 'restart pipeline')).toBeGreaterThan(1);
  });

  test('count again a day later', async () => {
    const made = await bench({ reconnects_per_day: 1, notice_ms: 0, notice_floor_ms: 0 });
    const once = ({ done }: RecoveryBench): Situation => (done.length === 0 ? SILENT : {});
    await made.run(600, once);
    await made.sleep(24 * HOUR);
    await made.run(600);
    await made.run(300, ({ done }) => (done.length === 1 ? SILENT : {}));
    expect(made.done.map((entry) => entry.slice(-16))).toEqual(['reconnect-source', 'reconnect-source']);
  });
});

describe('settings', () => {
  /** When what was done in 25 minutes of silence. */
  async function silence(settings: Partial<RecoverySettings>): Promise<readonly string[]> {
    const made = await bench(settings);
    await made.run(1_500, () => SILENT);
    return made.done;
  }

  test.each<[Partial<RecoverySettings>, string, string | undefined]>([
    [{ is_enabled: false }, 'reconnect-source', undefined],
    [{ stale_after_ms: 60_000 }, 'reconnect-source', '07:35'],
    [{ stale_floor_ms: 180_000 }, 'reconnect-source', '09:35'],
    [{ notice_ms: 10_000 }, 'reconnect-source', '07:15'],
    [{ notice_floor_ms: 200_000 }, 'reconnect-source', '10:25'],
    [{ settle_ms: 600_000 }, 'reconnect-source', '11:35'],
    [{ settle_floor_ms: 600_000 }, 'reconnect-source', '11:35'],
    [{ reconnect_wait_ms: 60_000 }, 'restart pipeline', '09:35'],
    [{ step_wait_floor_ms: 150_000 }, 'restart pipeline', '11:05'],
    [{ restart_pipeline_wait_ms: 300_000 }, 'restart store', '15:35'],
    [{ restart_store_wait_ms: 200_000 }, 'page', '17:55'],
  ])('%p: %s comes at %s', async (settings, what, at) => {
    const entry = (await silence(settings)).find((done) => done.endsWith(what));
    expect(entry?.slice(0, 5)).toBe(at);
  });

  test('a stuck pipeline has its limit on both clocks', async () => {
    const restartAt = async (settings: Partial<RecoverySettings>) => {
      const made = await bench({ stale_after_ms: 3_600_000, ...settings });
      await made.run(1_200, () => ({ isStuck: true }));
      return made.done[0]?.slice(0, 5);
    };
    expect(await restartAt({ stuck_after_ms: 60_000 })).toBe('07:30');
    expect(await restartAt({ stuck_floor_ms: 300_000 })).toBe('11:30');
  });

  test('the error rate has its limit, its window and its least number of calls', async () => {
    const isActedOn = async (settings: Partial<RecoverySettings>, failing: number) => {
      const made = await bench(settings);
      let count = 0;
      await made.run(400, () => ({ isFailing: count++ % 10 < failing }));
      return made.done.length > 0;
    };
    expect(await isActedOn({ error_rate_window_ms: 60_000 }, 3)).toBe(false);
    expect(await isActedOn({ error_rate_window_ms: 60_000, error_rate_limit: 0.2 }, 3)).toBe(true);
    expect(await isActedOn({ error_rate_window_ms: 60_000 }, 8)).toBe(true);
    expect(await isActedOn({ error_rate_window_ms: 60_000, error_rate_min_calls: 500 }, 8)).toBe(false);
    expect(await isActedOn({ error_rate_window_ms: 3_600_000 }, 8)).toBe(false);
  });

  test('how long health must be good, and how long the cool-down is, on both clocks', async () => {
    const endedAfter = async (settings: Partial<RecoverySettings>) => {
      const made = await bench(settings);
      await made.run(900, ({ lastStep }) => (lastStep === '' ? SILENT : {}));
      return made.recovery.episodes[0]?.durationMs ?? 0;
    };
    const usual = await endedAfter({});
    expect(await endedAfter({ healthy_for_ms: 120_000 })).toBe(usual + 60_000);
    expect(await endedAfter({ healthy_for_floor_ms: 90_000 })).toBe(usual + 30_000);
    const secondRound = async (settings: Partial<RecoverySettings>) => {
      const made = await bench({ restarts_per_hour: 100, ...settings });
      await made.run(3_000, () => SILENT);
      return made.done.filter((entry) => entry.endsWith('reconnect-source'))[1]?.slice(0, 5);
    };
    expect(await secondRound({ cool_down_ms: 60_000 })).toBe('20:40');
    expect(await secondRound({ cool_down_ms: 60_000, cool_down_floor_ms: 120_000 })).toBe('21:40');
  });

  test('how many episodes are kept', async () => {
    const made = await bench({ episodes_kept: 2, notice_ms: 0, notice_floor_ms: 0 });
    for (let round = 0; round < 3; round += 1) {
      const before = made.done.length;
      await made.run(500, ({ done }) => (done.length === before ? SILENT : {}));
    }
    expect(made.done).toHaveLength(3);
    expect(made.recovery.episodes).toHaveLength(2);
  });
});

/** A bench whose `run` can be taken apart from it. */
async function bound() {
  const made = await bench();
  return { done: made.done, recovery: made.recovery, run: made.run.bind(made) };
}
