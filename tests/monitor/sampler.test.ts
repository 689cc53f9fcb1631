import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock, metricsFile, type ProcessUsage, readSamples, silentLogger } from '@rtp/core';
import { appendLine, Sampler } from '@rtp/monitor';
import type { CoverageSummary } from '@rtp/store-client';
import { calendar, component, coverageOf, ist, pipeline, system } from './support/system.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtp-monitor-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function setUp(start: string, over: { metricsDir?: string; usageOf?: () => Promise<ProcessUsage | null> } = {}) {
  const clock = new ManualClock(ist(start));
  const asked: string[] = [];
  const known = new Map<string, CoverageSummary>();
  const sampler = new Sampler({
    clock,
    calendar,
    logger: silentLogger,
    metricsDir: over.metricsDir ?? folder,
    coverage: {
      refresh: async (date) => void asked.push(date),
      latest: (date) => known.get(date) ?? null,
    },
    usageOf: over.usageOf ?? (async () => null),
  });
  const see = (report = pipeline()) => sampler.observe(system(clock.now(), [component('pipeline', { report })]));
  return { clock, sampler, see, asked, known };
}

const fileOf = (date: string) => metricsFile(folder, date);

describe('recording', () => {
  test('nothing is written before the manager has spoken', async () => {
    const { sampler } = setUp('2025-09-04 10:00');
    await sampler.tick();
    expect(await readdir(folder)).toEqual([]);
    expect(sampler.report()).toEqual({ samples: 0, lastSampleAt: null, errors: 0, degraded: '' });
  });

  test('every tick appends one line', async () => {
    const { clock, sampler, see } = setUp('2025-09-04 10:00');
    see();
    for (let tick = 0; tick < 3; tick += 1) {
      await sampler.tick();
      await clock.advance(5_000);
    }
    const { samples, skipped } = await readSamples(fileOf('2025-09-04'));
    expect(samples.map(({ time_ist }) => time_ist.slice(11, 19))).toEqual(['10:00:00', '10:00:05', '10:00:10']);
    expect(skipped).toBe(0);
    expect(sampler.report()).toMatchObject({ samples: 3, lastSampleAt: ist('2025-09-04 10:00:10'), errors: 0 });
  });

  test("a file holds one market date: midnight in India begins the next, whatever the host's zone", async () => {
    const { clock, sampler, see } = setUp('2025-09-04 23:59:58');
    see();
    await sampler.tick();
    await clock.advance(5_000);
    await sampler.tick();
    expect((await readdir(folder)).sort()).toEqual(['2025-09-04.ndjson', '2025-09-05.ndjson']);
    expect((await readSamples(fileOf('2025-09-05'))).samples[0]?.market.date).toBe('2025-09-05');
  });

  test('coverage is asked for on trading days only and is not waited for', async () => {
    const weekend = setUp('2025-09-06 10:00');
    weekend.see();
    await weekend.sampler.tick();
    expect(weekend.asked).toEqual([]);
    const { sampler, see, asked, known } = setUp('2025-09-04 10:00');
    see();
    await sampler.tick();
    known.set('2025-09-04', coverageOf('2025-09-04'));
    await sampler.tick();
    expect(asked).toEqual(['2025-09-04', '2025-09-04']);
    const { samples } = await readSamples(fileOf('2025-09-04'));
    expect(samples.map(({ coverage }) => coverage?.bars ?? null)).toEqual([null, 20_000]);
  });

  test('a restarted pipeline does not make the data look younger or older than it is', async () => {
    const { sampler, see } = setUp('2025-09-04 10:05');
    see(pipeline({ lastDataUpdate: ist('2025-09-04 10:00') }));
    await sampler.tick();
    see(pipeline({ lastDataUpdate: null }));
    await sampler.tick();
    const { samples } = await readSamples(fileOf('2025-09-04'));
    expect(samples.map(({ freshness_s }) => freshness_s)).toEqual([240, 240]);
  });

  test('a tick that finds the last one still writing passes', async () => {
    let release: (usage: null) => void = () => {};
    const { sampler, see } = setUp('2025-09-04 10:00', {
      usageOf: () => new Promise((resolve) => (release = resolve)),
    });
    see();
    const slow = sampler.tick();
    void sampler.tick();
    release(null);
    await slow;
    await sampler.settled();
    expect((await readSamples(fileOf('2025-09-04'))).samples).toHaveLength(1);
  });
});

describe('a line torn by a kill', () => {
  test('is skipped by the reader', async () => {
    const { sampler, see } = setUp('2025-09-04 10:00');
    see();
    await sampler.tick();
    const whole = await readFile(fileOf('2025-09-04'), 'utf8');
    await appendFile(fileOf('2025-09-04'), whole.slice(0, 200));
    const { samples, skipped } = await readSamples(fileOf('2025-09-04'));
    expect({ samples: samples.length, skipped }).toEqual({ samples: 1, skipped: 1 });
  });

  test('does not spoil the next one, and stays as it was', async () => {
    await writeFile(fileOf('2025-09-04'), '{"v":1,"ts":17569');
    const { sampler, see } = setUp('2025-09-04 10:00');
    see();
    await sampler.tick();
    await sampler.tick();
    expect((await readFile(fileOf('2025-09-04'), 'utf8')).split('\n')[0]).toBe('{"v":1,"ts":17569');
    const { samples, skipped } = await readSamples(fileOf('2025-09-04'));
    expect({ samples: samples.length, skipped }).toEqual({ samples: 2, skipped: 1 });
  });

  test('a line of another version is counted, not guessed at', async () => {
    await writeFile(fileOf('2025-09-04'), '{"v":2,"ts":1}\n\n[]\nnull\n');
    expect(await readSamples(fileOf('2025-09-04'))).toEqual({ samples: [], skipped: 3 });
  });

  test('a file that is not there is an error with a code', async () => {
    await expect(readSamples(fileOf('2025-09-05'))).rejects.toMatchObject({ code: 'RTP_METRICS_UNREADABLE' });
  });
});

describe('when samples cannot be written', () => {
  test('the monitor says so, keeps running, and recovers by itself', async () => {
    const metricsDir = join(folder, 'metrics');
    await writeFile(metricsDir, 'a file in the place of the folder');
    const { sampler, see } = setUp('2025-09-04 10:00', { metricsDir });
    see();
    await sampler.tick();
    await sampler.tick();
    expect(sampler.report()).toMatchObject({
      samples: 0,
      errors: 2,
      degraded: expect.stringContaining('RTP_METRICS_UNWRITABLE'),
    });
    await rm(metricsDir);
    await sampler.tick();
    expect(sampler.report()).toMatchObject({ samples: 1, errors: 2, degraded: '' });
    expect((await readSamples(metricsFile(metricsDir, '2025-09-04'))).samples).toHaveLength(1);
  });

  test('a metrics folder removed while running comes back', async () => {
    const metricsDir = join(folder, 'metrics');
    const { sampler, see } = setUp('2025-09-04 10:00', { metricsDir });
    see();
    await sampler.tick();
    await rm(metricsDir, { recursive: true });
    await sampler.tick();
    expect((await readSamples(metricsFile(metricsDir, '2025-09-04'))).samples).toHaveLength(1);
  });

  test('a disk that is full is reported, not thrown', async () => {
    await expect(appendLine('/dev/full', 'x')).rejects.toMatchObject({
      code: 'RTP_METRICS_UNWRITABLE',
      cause: { code: 'ENOSPC' },
    });
  });

  test('an unexpected fault inside a sample is counted and survived', async () => {
    const usage = { isBroken: true };
    const { sampler, see } = setUp('2025-09-04 10:00', {
      usageOf: async () => {
        if (usage.isBroken) throw new Error('no /proc here');
        return null;
      },
    });
    see();
    await sampler.tick();
    expect(sampler.report()).toMatchObject({ samples: 0, errors: 1, degraded: 'no /proc here' });
    usage.isBroken = false;
    await sampler.tick();
    expect(sampler.report()).toMatchObject({ samples: 1, degraded: '' });
  });
});
