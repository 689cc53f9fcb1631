import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { anchorNow, atIst, dataPaths, defaultConfig, loadCalendar, VirtualClock } from '@rtp/core';
import { readMarketPosition } from '../../packages/system-manager/src/source/market-position.ts';
import { MarketPace } from '../../packages/system-manager/src/system/market-pace.ts';
import { endSystems, temporaryDir } from './support/systems.ts';

afterEach(endSystems);

const DATE = '2026-11-20';

function paceIn(dir: string): { readonly pace: MarketPace; readonly clock: VirtualClock; readonly problems: string[] } {
  const config = defaultConfig();
  const problems: string[] = [];
  const clock = new VirtualClock(anchorNow(atIst(DATE, '10:00'), 60));
  const pace = new MarketPace({
    clock,
    calendar: loadCalendar({ file: config.calendar.file }),
    config,
    paths: dataPaths(dir),
    date: DATE,
    broadcast: () => {},
    onSpeed: () => {},
    onProblem: (text) => problems.push(text),
  });
  return { pace, clock, problems };
}

test('a run folder that cannot be written costs the remembered position and is said once, not the day', () => {
  const dir = temporaryDir();
  const { pace, problems } = paceIn(dir);
  pace.savePosition();
  pace.savePosition();
  expect(problems).toEqual([expect.stringContaining('cannot be remembered')]);

  const run = dirname(dataPaths(dir).marketPositionFile);
  mkdirSync(run, { recursive: true });
  pace.savePosition();
  expect(readMarketPosition(dataPaths(dir), DATE)).toBeGreaterThanOrEqual(atIst(DATE, '10:00'));
  rmSync(run, { recursive: true });
  pace.savePosition();
  expect(problems).toHaveLength(2);
});

test('a speed that later processes could not read is not taken up', () => {
  const { pace, clock, problems } = paceIn(temporaryDir());
  pace.setSpeed(20, 'test');
  expect(clock.speed).toBe(60);
  expect(problems).toEqual([expect.stringContaining('speed cannot be changed')]);
});
