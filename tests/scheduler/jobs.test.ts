import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { configSchema, istIso, realDelay, silentLogger } from '@rtp/core';
import { JOB_NAMES, type JobName, type JobOutcome, JobRunner, type JobWork } from '@rtp/scheduler';
import { SettableClock } from './support/settable-clock.ts';
import { calendar, ist } from './support/snapshots.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rtp-jobs-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

interface Bench {
  readonly clock: SettableClock;
  readonly runner: JobRunner;
  /** `day_seal 2025-09-04 at 18:10` for every time a job's work began. */
  readonly ran: string[];
  readonly events: Readonly<Record<string, unknown>>[];
}

const ok: JobOutcome = { result: 'ok', text: 'fine' };

/** A runner whose process starts at `at` on the schedule file of the test. */
function bench(
  at: string,
  options: { config?: Record<string, unknown>; work?: Partial<Record<JobName, JobWork>>; file?: string } = {},
): Bench {
  const clock = new SettableClock(ist(at));
  const ran: string[] = [];
  const events: Readonly<Record<string, unknown>>[] = [];
  const work = Object.fromEntries(
    JOB_NAMES.map((name): [JobName, JobWork] => [
      name,
      (run) => {
        ran.push(`${name} ${run.date} at ${istIso(clock.now()).slice(5, 16).replace('T', ' ')}`);
        return options.work?.[name]?.(run) ?? Promise.resolve(ok);
      },
    ]),
  ) as Record<JobName, JobWork>;
  const runner = new JobRunner({
    config: configSchema.parse({ jobs: options.config ?? {} }).jobs,
    sealDeadline: '18:00',
    work,
    file: options.file ?? join(dir, 'jobs/schedule.json'),
    calendar,
    clock,
    logger: silentLogger,
    events: { publish: (_, data) => void events.push(data) },
  });
  runner.start();
  return { clock, runner, ran, events };
}

/** Every job switched off but those given, each with its pattern. */
const only = (patterns: Partial<Record<JobName, string>>): Record<string, unknown> => ({
  ...Object.fromEntries(JOB_NAMES.map((name) => [name, null])),
  ...patterns,
});

const never: JobWork = () => new Promise(() => {});
const fails: JobWork = () => Promise.reject(new Error('no luck'));

describe('the recurring jobs', () => {
  test('run at their times on a trading day, each once', async () => {
    const { clock, ran } = bench('2025-09-04 00:00');
    await clock.passTo(ist('2025-09-05 00:00'));
    expect(ran).toEqual([
      'log_cleanup 2025-09-04 at 09-04 03:00',
      'config_backup 2025-09-04 at 09-04 03:10',
      'token_check 2025-09-04 at 09-04 08:00',
      'universe_check 2025-09-04 at 09-04 08:50',
      'day_seal 2025-09-04 at 09-04 18:10',
      'daily_report 2025-09-04 at 09-04 18:30',
      'token_check 2025-09-04 at 09-04 20:00',
    ]);
  });

  test('of trading days rest on a weekend and a holiday; the weekly report comes on Saturday', async () => {
    // Friday the 15th is a holiday.
    const { clock, ran } = bench('2025-08-15 00:00', {
      config: { token_check: null, log_cleanup: null, config_backup: null },
    });
    await clock.passTo(ist('2025-08-18 09:00'));
    expect(ran).toEqual(['weekly_report 2025-08-16 at 08-16 09:00', 'universe_check 2025-08-18 at 08-18 08:50']);
  });

  test('run on a special session on a Saturday', async () => {
    const { clock, ran } = bench('2024-03-02 08:00', {
      config: only({ universe_check: '50 8 * * *', day_seal: '10 18 * * *' }),
    });
    await clock.passTo(ist('2024-03-04 00:00'));
    expect(ran).toEqual(['universe_check 2024-03-02 at 03-02 08:50', 'day_seal 2024-03-02 at 03-02 18:10']);
  });

  test('after the seal are as much later as the deadline of a session that closes late', async () => {
    // Muhurat from 18:00 to 19:00: its deadline is 21:30.
    const { clock, ran, runner } = bench('2024-11-01 17:00', {
      config: only({ day_seal: '10 18 * * *', daily_report: '30 18 * * *' }),
    });
    await clock.passTo(ist('2024-11-01 18:40'));
    const next = runner.reports().filter(({ nextRunAt }) => nextRunAt !== null);
    expect(next.map(({ nextRunAt }) => nextRunAt)).toEqual([ist('2024-11-01 21:40'), ist('2024-11-01 22:00')]);
    await clock.passTo(ist('2024-11-02 00:00'));
    expect(ran).toEqual(['day_seal 2024-11-01 at 11-01 21:40', 'daily_report 2024-11-01 at 11-01 22:00']);
  });

  test('do nothing before the state of the system is known, and miss nothing at the first start ever', async () => {
    const { clock, ran } = bench('2025-09-04 19:00');
    await clock.passTo(ist('2025-09-04 19:59'));
    expect(ran).toEqual([]);
  });

  test('are listed with their last and next run, and tell what came of them', async () => {
    const { clock, runner, events } = bench('2025-09-04 07:00', { config: only({ token_check: '0 8,20 * * *' }) });
    expect(runner.reports()[0]).toEqual({
      name: 'token_check',
      lastRunAt: null,
      lastResult: null,
      lastText: '',
      nextRunAt: ist('2025-09-04 08:00'),
      running: false,
    });
    await clock.passTo(ist('2025-09-04 08:00'));
    expect(runner.reports()[0]).toMatchObject({
      lastRunAt: ist('2025-09-04 08:00'),
      lastResult: 'ok',
      lastText: 'fine',
      nextRunAt: ist('2025-09-04 20:00'),
    });
    expect(events).toEqual([
      { name: 'token_check', result: 'ok', text: 'fine', date: '2025-09-04', ended_at: '2025-09-04T08:00:00+05:30' },
    ]);
    expect(
      runner
        .reports()
        .slice(1)
        .every(({ nextRunAt }) => nextRunAt === null),
    ).toBe(true);
  });

  test('run one at a time, the longest due first', async () => {
    const started = Promise.withResolvers<JobOutcome>();
    const { clock, runner, ran } = bench('2025-09-04 02:00', {
      config: only({ config_backup: '0 3 * * *', log_cleanup: '5 3 * * *' }),
      work: { config_backup: () => started.promise },
    });
    await clock.set(ist('2025-09-04 03:05'));
    expect(ran).toEqual(['config_backup 2025-09-04 at 09-04 03:05']);
    expect(runner.reports().filter(({ running }) => running)).toMatchObject([{ name: 'config_backup' }]);
    started.resolve(ok);
    await clock.set(ist('2025-09-04 03:06'));
    expect(ran.slice(1)).toEqual(['log_cleanup 2025-09-04 at 09-04 03:06']);
  });
});

describe('an occurrence is run once', () => {
  const config = only({ token_check: '0 8,20 * * *' });

  test('across restarts', async () => {
    const first = bench('2025-09-04 07:00', { config });
    await first.clock.passTo(ist('2025-09-04 08:00'));
    await first.runner.stop();
    const second = bench('2025-09-04 08:00', { config });
    await second.clock.passTo(ist('2025-09-04 19:00'));
    expect([first.ran.length, second.ran]).toEqual([1, []]);
    expect(second.runner.reports()[0]).toMatchObject({ lastRunAt: ist('2025-09-04 08:00'), lastResult: 'ok' });
  });

  test('after a clock was set back, while the process ran or between two', async () => {
    const { clock, ran, runner } = bench('2025-09-04 07:59', { config });
    await clock.passTo(ist('2025-09-04 08:01'));
    await clock.set(ist('2025-09-04 07:51'));
    await clock.passTo(ist('2025-09-04 08:05'));
    await runner.stop();
    const later = bench('2025-09-04 07:51', { config });
    await later.clock.passTo(ist('2025-09-04 19:00'));
    expect([ran.length, later.ran]).toEqual([1, []]);
  });

  test.each([
    [86_400_000, 0],
    [3_600_000, 1],
  ])(
    'unless it was set back by more than clock_back_max_ms (%d), from a wrong time',
    async (clock_back_max_ms, runs) => {
      const wrong = bench('2025-09-04 19:00', { config: { ...config, clock_back_max_ms } });
      await wrong.clock.passTo(ist('2025-09-04 20:00'));
      await wrong.runner.stop();
      const right = bench('2025-09-04 07:00', { config: { ...config, clock_back_max_ms } });
      await right.clock.passTo(ist('2025-09-04 08:00'));
      expect(right.ran).toHaveLength(runs);
    },
  );

  test('after a machine slept through several: the newest', async () => {
    const { clock, ran } = bench('2025-09-04 07:00', { config });
    await clock.set(ist('2025-09-06 12:00'));
    await clock.set(ist('2025-09-06 13:00'));
    expect(ran).toEqual(['token_check 2025-09-06 at 09-06 12:00']);
  });

  test('after it was missed while no process ran: the newest of the trading days', async () => {
    const seal = only({ day_seal: '10 18 * * *' });
    await bench('2025-09-01 12:00', { config: seal }).runner.stop();
    const { clock, ran, runner } = bench('2025-09-07 10:00', { config: seal });
    await clock.set(ist('2025-09-07 10:01'));
    expect(ran).toEqual(['day_seal 2025-09-05 at 09-07 10:00']);
    expect(runner.reports().find(({ name }) => name === 'day_seal')?.nextRunAt).toBe(ist('2025-09-08 18:10'));
  });

  test('of the daily report for each missed trading day, oldest first, up to catch_up_days', async () => {
    const report = (days: number) => ({ ...only({ daily_report: '30 18 * * *' }), catch_up_days: days });
    await bench('2025-09-01 12:00', { config: report(3) }).runner.stop();
    const { clock, ran } = bench('2025-09-07 10:00', { config: report(3) });
    await clock.set(ist('2025-09-07 10:01'));
    expect(ran.map((text) => text.split(' ')[1])).toEqual(['2025-09-03', '2025-09-04', '2025-09-05']);
  });

  test('not for the time in which it was switched off', async () => {
    await bench('2025-09-04 07:00', { config }).runner.stop();
    await bench('2025-09-04 07:30', { config: only({}) }).runner.stop();
    const { clock, ran } = bench('2025-09-05 12:00', { config });
    await clock.passTo(ist('2025-09-05 20:00'));
    expect(ran).toEqual(['token_check 2025-09-05 at 09-05 20:00']);
  });
});

describe('a run that does not end well', () => {
  const reportOnly = only({ daily_report: '30 18 * * *' });

  test('because its process crashed is tried again once, and then given up', async () => {
    const work = { token_check: never };
    const config = only({ token_check: '0 8,20 * * *' });
    const first = bench('2025-09-04 07:00', { config, work });
    await first.clock.passTo(ist('2025-09-04 08:00'));
    const second = bench('2025-09-04 08:02', { config, work });
    await second.clock.set(ist('2025-09-04 08:02'));
    const third = bench('2025-09-04 08:04', { config });
    await third.clock.set(ist('2025-09-04 08:04'));
    expect([first.ran.length, second.ran.length, third.ran.length]).toEqual([1, 1, 0]);
    expect(third.runner.reports()[0]).toMatchObject({
      lastResult: 'failed',
      lastText: expect.stringContaining('twice'),
    });
    await third.clock.passTo(ist('2025-09-04 20:00'));
    expect(third.ran).toHaveLength(1);
  });

  test('because its process was stopped is begun anew at the next start, and told only then', async () => {
    const stopped = bench('2025-09-04 18:00', { config: reportOnly, work: { daily_report: never } });
    await stopped.clock.passTo(ist('2025-09-04 18:30'));
    await stopped.runner.stop();
    expect(stopped.events).toEqual([]);
    const next = bench('2025-09-04 19:00', { config: reportOnly, work: { daily_report: fails } });
    await next.clock.passTo(ist('2025-09-04 23:00'));
    expect(next.ran).toHaveLength(2);
  });

  test('is tried once more after retry_ms if it is a report or the seal, even by another process', async () => {
    const config = { ...reportOnly, retry_ms: 300_000 };
    const { clock, ran, runner } = bench('2025-09-04 18:00', { config, work: { daily_report: fails } });
    await clock.passTo(ist('2025-09-04 18:34'));
    const report = runner.reports().find(({ name }) => name === 'daily_report');
    expect(report).toMatchObject({ lastResult: 'failed', lastText: 'no luck', nextRunAt: ist('2025-09-04 18:35') });
    await runner.stop();
    const later = bench('2025-09-04 18:34', { config, work: { daily_report: fails } });
    await later.clock.passTo(ist('2025-09-05 18:00'));
    expect([ran, later.ran]).toEqual([
      ['daily_report 2025-09-04 at 09-04 18:30'],
      ['daily_report 2025-09-04 at 09-04 18:35'],
    ]);
  });

  test('is tried at once when the clock was set back over the wait', async () => {
    const { clock, ran } = bench('2025-09-04 18:00', { config: reportOnly, work: { daily_report: fails } });
    await clock.passTo(ist('2025-09-04 18:30'));
    const later = bench('2025-09-04 12:00', { config: reportOnly });
    await later.clock.set(ist('2025-09-04 12:00'));
    expect([ran.length, later.ran.length]).toEqual([1, 1]);
  });

  test('is not tried again before its next time if it is another job', async () => {
    const config = only({ log_cleanup: '0 3 * * *' });
    const { clock, ran, runner } = bench('2025-09-04 00:00', { config, work: { log_cleanup: fails } });
    await clock.passTo(ist('2025-09-05 02:59'));
    expect([ran.length, runner.errors]).toEqual([1, 1]);
  });

  test('because it takes longer than timeout_ms is given up, and the next one runs', async () => {
    const config = { ...only({ log_cleanup: '0 3 * * *', config_backup: '10 3 * * *' }), timeout_ms: 10 };
    let wasAborted = false;
    const { clock, ran, runner } = bench('2025-09-04 00:00', {
      config,
      work: {
        log_cleanup: ({ signal }) => {
          signal.addEventListener('abort', () => {
            wasAborted = true;
          });
          return new Promise(() => {});
        },
      },
    });
    await clock.set(ist('2025-09-04 03:10'));
    while (ran.length < 2) await realDelay(5);
    expect(wasAborted).toBe(true);
    const report = runner.reports().find(({ name }) => name === 'log_cleanup');
    expect(report).toMatchObject({ lastResult: 'failed', lastText: 'It took longer than 10 ms and was given up.' });
  });
});

describe('the schedule file', () => {
  const config = only({ log_cleanup: '0 3 * * *' });

  test('is private and notes a run as begun before its work starts', async () => {
    const file = join(dir, 'jobs/schedule.json');
    let noted: unknown;
    const { clock } = bench('2025-09-04 00:00', {
      config,
      work: {
        log_cleanup: async () => {
          noted = JSON.parse(readFileSync(file, 'utf8')).jobs.log_cleanup.run;
          return ok;
        },
      },
    });
    await clock.passTo(ist('2025-09-04 03:00'));
    expect(noted).toEqual({ occurrence: ist('2025-09-04 03:00'), date: '2025-09-04', attempts: 1, retryAt: null });
    expect(JSON.parse(readFileSync(file, 'utf8')).jobs.log_cleanup.run).toBeNull();
    expect([statSync(file).mode & 0o777, statSync(join(dir, 'jobs')).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  test.each(['', '{"version":1,"jobs":{"log_cleanup":{"settled":"x"}}}', 'no JSON'])(
    'that is none (%j) is begun anew',
    async (content) => {
      mkdirSync(join(dir, 'jobs'));
      writeFileSync(join(dir, 'jobs/schedule.json'), content);
      const { clock, ran } = bench('2025-09-04 04:00', { config });
      await clock.passTo(ist('2025-09-05 03:00'));
      expect(ran).toHaveLength(1);
    },
  );

  test('that cannot be written is named, and keeps no job from running once', async () => {
    writeFileSync(join(dir, 'occupied'), '');
    const { clock, ran, runner } = bench('2025-09-04 00:00', { config, file: join(dir, 'occupied/schedule.json') });
    await clock.passTo(ist('2025-09-04 12:00'));
    expect(ran).toHaveLength(1);
    expect(runner.degraded).toContain('the job schedule is not kept: ');
  });
});
