/**
 * Plays trading hours of the simulated exchange's feed into thin air: packets a second it can make, against those
 * that the fastest demos need (83 shares at 600 times real time, 500 at 60), measured in the same run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  atIst,
  defaultConfig,
  loadCalendar,
  ManualClock,
  monotonicMs,
  type SimulatorFault,
  silentLogger,
} from '@rtp/core';
import { BAD_DAY, type DayChoice, loadDay, prepareDay } from '@rtp/exchange-simulator';
import { newCounters } from '../../packages/exchange-simulator/src/counters.ts';
import { FaultSchedule } from '../../packages/exchange-simulator/src/faults/fault-schedule.ts';
import { FeedDistortion } from '../../packages/exchange-simulator/src/faults/feed-distortion.ts';
import { FeedEngine } from '../../packages/exchange-simulator/src/feed/feed-engine.ts';
import { FramePacing } from '../../packages/exchange-simulator/src/feed/frame-pacing.ts';
import { FrameWriter } from '../../packages/exchange-simulator/src/feed/frame-writer.ts';

const calendar = loadCalendar({ file: defaultConfig().calendar.file });
const HOURS = ['10:00', '11:00', '12:00', '13:00'];

async function measure(
  name: string,
  choice: DayChoice,
  speed: number,
  faults: readonly SimulatorFault[] = [],
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'rtp-bench-'));
  try {
    await prepareDay(choice, dir);
    const day = await loadDay(dir, calendar);
    const clock = new ManualClock(atIst(day.date, HOURS[0] as string));
    const counters = newCounters();
    const pacing = new FramePacing(clock, 64);
    const schedule = new FaultSchedule(clock, day.date, { seed: 1, faults: [...faults] }, silentLogger);
    const distortion = new FeedDistortion(day, schedule, () => pacing.capacity());
    const engine = new FeedEngine({ day, clock, conflationMs: 1_000, pacing, distortion });
    const writer = new FrameWriter(() => {}, counters);
    for (const instrument of day.instruments) engine.subscribe(writer, instrument, 'quote');
    const rates: number[] = [];
    let needed = 0;
    for (const hour of HOURS.slice(1)) {
      const before = counters.packetsSent;
      const startedAt = monotonicMs();
      engine.advance(atIst(day.date, hour), () => false);
      const packets = counters.packetsSent - before;
      rates.push((packets / (monotonicMs() - startedAt)) * 1_000);
      needed = Math.max(needed, (packets / 3_600) * speed);
    }
    const rate = rates.toSorted((a, b) => a - b)[1] as number;
    const round = (value: number): string => Math.round(value).toLocaleString('en');
    console.log(
      `${name}: ${round(rate)} packets/s, ${round(needed)} needed at speed ${speed}: ${(rate / needed).toFixed(1)} times`,
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

await measure('83 recorded shares', { shipped: '2016-09-30' }, 600);
await measure('500 generated shares', { generate: 500, seed: 1 }, 60);
await measure('500 generated shares, a bad day', { generate: 500, seed: 1 }, 60, BAD_DAY);
await measure('5,000 generated shares', { generate: 5_000, seed: 1 }, 20);
