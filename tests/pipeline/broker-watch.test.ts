import { describe, expect, test } from '@jest/globals';
import {
  type Alert,
  atIst,
  DAY_MS,
  defaultConfig,
  type EpochMs,
  istTimeOf,
  loadCalendar,
  ManualClock,
} from '@rtp/core';
import type { DhanClient, DhanStats } from '@rtp/dhan';
import { BrokerWatch } from '../../packages/pipeline/src/day/broker-watch.ts';
import { Gauges } from '../../packages/pipeline/src/day/gauges.ts';
import { tokenNeed } from '../../packages/pipeline/src/day/token-need.ts';
import { recordingLogger } from '../dhan/support/recording-logger.ts';
import { BrokerDouble } from './fixtures/broker-double.ts';

const DATE = '2026-11-20';
const HOUR_MS = 3_600_000;
const calendar = loadCalendar({ file: 'config/calendar.json' });

/** A watch at `time` over an account in some state. */
function watchAt(time: string, neededUntil: EpochMs | null = null) {
  const clock = new ManualClock(atIst(DATE, time));
  const broker = new BrokerDouble(clock, []);
  const renewals: number[] = [];
  const base = broker.client();
  const client: DhanClient = {
    ...base,
    get stats(): DhanStats {
      return { ...base.stats, ...broker.account };
    },
    ensureToken: async ({ minLifeMs = 0 } = {}) => {
      renewals.push(minLifeMs);
      return base.ensureToken();
    },
  };
  const gauges = new Gauges();
  const logger = recordingLogger();
  const { signal } = new AbortController();
  const config = defaultConfig().broker;
  const alerts: Alert[] = [];
  const raise = (alert: Alert): void => void alerts.push(alert);
  const watch = new BrokerWatch({
    config,
    clock,
    calendar,
    logger,
    client,
    gauges,
    raise,
    signal,
    neededUntil: () => neededUntil,
    isFeedDenied: () => broker.feedRefusal.kind === 'no_plan',
  });
  const look = (account: Partial<DhanStats>): readonly string[] => {
    broker.account = { ...broker.account, ...account };
    watch.look();
    return [...gauges.degraded.values()];
  };
  return { look, clock, broker, renewals, logger, alerts };
}

describe('what the owner must know of the broker', () => {
  test('is nothing while all is well', () => {
    const { look, clock } = watchAt('10:00');
    expect(look({ clockSkewMs: 900, tokenExpiresAt: clock.now() + DAY_MS })).toEqual([]);
  });

  test('another system that holds the account is named', () => {
    const { look } = watchAt('10:00');
    expect(look({ leaseHeldBy: 'pid 9, data directory /d' })).toEqual([
      'another system uses the account (pid 9, data directory /d): waiting for it',
    ]);
    expect(look({ leaseHeldBy: null })).toEqual([]);
  });

  test('a denied data plan stays an alarm until it is honoured', () => {
    const { look } = watchAt('10:00');
    expect(look({ planLapsedSince: atIst(DATE, '09:41') })).toEqual([
      "the broker denies the account's data plan since 09:41 IST: asked again every 15 min",
    ]);
    expect(look({ planLapsedSince: null })).toEqual([]);
  });

  test('a data plan that is denied to the feed alone is as much of one, and it is the same alert', () => {
    const { look, alerts, broker } = watchAt('10:00');
    broker.feedRefusal = { kind: 'no_plan', reason: 'data APIs not subscribed' };
    expect(look({})).toEqual(['the broker denies the data plan to the live feed alone: asked again every 15 min']);
    look({ planLapsedSince: atIst(DATE, '10:00') });
    look({ planLapsedSince: null });
    expect(alerts.map(({ kind }) => kind)).toEqual(['data-plan-denied']);
    broker.feedRefusal = { kind: 'closed', reason: 'closed with code 1006' };
    expect(look({})).toEqual([]);
  });

  test.each([
    [5_210, "this machine's clock is 5.2 s behind the broker's"],
    [-2_600, "this machine's clock is 2.6 s ahead of the broker's"],
  ])('a clock %d ms from ours is told in words', (clockSkewMs, text) => {
    expect(watchAt('10:00').look({ clockSkewMs })).toEqual([text]);
  });

  test('each is logged when it begins and when it ends, not in between', () => {
    const { look, logger } = watchAt('10:00');
    for (const clockSkewMs of [5_200, 5_300, 5_100, 100]) look({ clockSkewMs });
    expect(logger.lines.map((line) => line.split(' ')[0])).toEqual(['warn', 'info']);
  });
});

describe('an alert', () => {
  const LAPSED = { planLapsedSince: atIst(DATE, '10:00') };

  test('of a denied data plan is raised once, with what to do, however long it lasts', async () => {
    const { look, clock, alerts } = watchAt('10:00');
    for (let minute = 0; minute < 300; minute += 1) {
      look(LAPSED);
      await clock.advance(60_000);
    }
    expect(alerts).toEqual([
      expect.objectContaining({
        kind: 'data-plan-denied',
        component: 'pipeline',
        summary: expect.stringContaining('since 10:00 IST'),
        fix: expect.stringContaining('no new token helps'),
      }),
    ]);
  });

  test('of something that comes and goes is raised at most once in an hour', async () => {
    const { look, clock, alerts } = watchAt('10:00');
    const at: string[] = [];
    for (let minute = 0; minute < 150; minute += 1) {
      look({ clockSkewMs: minute % 2 === 0 ? 5_000 : 0 });
      while (at.length < alerts.length) at.push(istTimeOf(clock.now()).slice(0, 5));
      await clock.advance(60_000);
    }
    expect(at).toEqual(['10:00', '11:00', '12:00']);
  });

  test.each([
    ['another system on the account', { leaseHeldBy: 'pid 9' }, 'account-held'],
    ['a lost token that is minted here', { tokenExpiresAt: null, canMint: true }, 'token-lost'],
  ])('of %s waits five minutes: it may mend by itself', async (_name, account, kind) => {
    const { look, clock, alerts } = watchAt('10:00');
    look({ tokenExpiresAt: clock.now() + DAY_MS });
    look(account);
    await clock.advance(299_999);
    look({});
    expect(alerts).toEqual([]);
    await clock.advance(1);
    look({});
    expect(alerts.map((alert) => alert.kind)).toEqual([kind]);
  });

  test('of a token given by hand is raised two hours before its end, and once more when it has ended', async () => {
    const { look, clock, alerts } = watchAt('10:00');
    look({ canMint: false, tokenExpiresAt: clock.now() + 2 * HOUR_MS });
    look({ tokenExpiresAt: null });
    look({ tokenExpiresAt: null });
    expect(alerts.map(({ kind, fix }) => [kind, fix])).toEqual([
      ['token-ending', expect.stringMatching(/^Set a fresh DHAN_API_TOKEN/)],
      ['token-lost', expect.stringMatching(/^Set a fresh DHAN_API_TOKEN/)],
    ]);
  });

  test("of the day's chart calls used up names the setting", () => {
    const { look, broker, alerts } = watchAt('10:00');
    const { budget } = broker.client().stats;
    look({ budget: { ...budget, cap: 7_000, used: 7_000, left: 0 } });
    expect(alerts).toEqual([
      expect.objectContaining({
        kind: 'budget-used-up',
        summary: expect.stringContaining('7000 chart calls are used up'),
        fix: expect.stringContaining('broker.chart_calls_per_day'),
      }),
    ]);
  });
});

describe('the token', () => {
  test('given by hand is warned of in time, with what to do', () => {
    const { look, clock, renewals } = watchAt('10:00');
    const expiresAt = clock.now() + 2 * HOUR_MS;
    expect(look({ canMint: false, tokenExpiresAt: expiresAt + 1 })).toEqual([]);
    expect(look({ canMint: false, tokenExpiresAt: expiresAt })).toEqual([
      expect.stringMatching(/ends on 2026-11-20 at 12:00 IST and is renewed by hand: set a fresh DHAN_API_TOKEN/),
    ]);
    expect(renewals).toEqual([]);
  });

  test('that is minted is left alone while the market trades, until the last moment', async () => {
    const { look, clock, renewals } = watchAt('10:00');
    const tokenExpiresAt = clock.now() + HOUR_MS;
    expect(look({ tokenExpiresAt })).toEqual([]);
    expect(renewals).toEqual([]);
    await clock.advance(50 * 60_000);
    expect(look({})).toEqual([expect.stringContaining('could not be renewed yet')]);
    expect(renewals).toEqual([2 * HOUR_MS]);
  });

  test('is renewed early out of trading, by one call at a time', () => {
    const { look, clock, renewals } = watchAt('16:00');
    expect(look({ tokenExpiresAt: clock.now() + HOUR_MS })).toEqual([]);
    look({});
    expect(renewals).toHaveLength(1);
  });

  test('that ends before the day that is being prepared is renewed before the open, and told of while it is not', async () => {
    const { look, clock, renewals, alerts } = watchAt('08:30', atIst(DATE, '18:00'));
    const ends = /ends on 2026-11-20 at 13:30 IST, before the day is over, and could not be renewed yet/;
    expect(look({ tokenExpiresAt: atIst(DATE, '13:30') })).toEqual([expect.stringMatching(ends)]);
    expect([renewals, alerts]).toEqual([[9.5 * HOUR_MS], []]);
    await clock.advance(300_000);
    look({});
    expect(alerts).toEqual([expect.objectContaining({ kind: 'token-ending', summary: expect.stringMatching(ends) })]);
    expect(look({ tokenExpiresAt: clock.now() + DAY_MS })).toEqual([]);
  });

  test('that has ended, or was refused, stays an alarm until there is another', () => {
    const { look, clock } = watchAt('10:00');
    look({ tokenExpiresAt: clock.now() + DAY_MS });
    expect(look({ canMint: false, tokenExpiresAt: null })).toEqual([
      expect.stringMatching(/has ended or was refused: set a fresh DHAN_API_TOKEN/),
    ]);
    expect(look({ canMint: true })).toEqual([expect.stringContaining('there is no new one yet')]);
    expect(look({ tokenExpiresAt: clock.now() + DAY_MS })).toEqual([]);
  });

  test('that is not yet there is the business of the preparation', () => {
    expect(watchAt('10:00').look({ tokenExpiresAt: null })).toEqual([]);
  });

  test.each([
    // left in minutes, minted here, trading: renewed, warning
    [121, true, false, false, 'none'],
    [121, false, false, false, 'none'],
    [120, true, false, true, 'none'],
    [120, true, true, false, 'none'],
    [120, false, true, false, 'by hand'],
    [10, true, true, true, 'not renewed'],
    [10, true, false, true, 'not renewed'],
    [-5, false, true, false, 'by hand'],
  ] as const)('with %d min left, minted: %s, trading: %s', (minutes, canMint, isTrading, renew, warning) => {
    const limits = { warningMs: 2 * HOUR_MS, latestMs: 600_000 };
    const state = { leftMs: minutes * 60_000, canMint, isTrading, neededMs: 0, ...limits };
    expect(tokenNeed(state)).toEqual({ renew, warning });
  });

  test.each([
    // minted here, trading: renewed, warning
    [true, false, true, 'too short'],
    [true, true, false, 'none'],
    [false, false, false, 'by hand'],
  ] as const)('that does not last the day, minted: %s, trading: %s', (canMint, isTrading, renew, warning) => {
    const state = { leftMs: 5 * HOUR_MS, neededMs: 9 * HOUR_MS, warningMs: 2 * HOUR_MS, latestMs: 600_000 };
    expect(tokenNeed({ ...state, canMint, isTrading })).toEqual({ renew, warning });
  });
});
