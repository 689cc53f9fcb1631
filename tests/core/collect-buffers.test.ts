import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const FIXTURE = join(import.meta.dirname, 'fixtures/makes-buffers.ts');

/** MB of buffers that the fixture had at most. */
const most = (...args: readonly string[]): number =>
  Number(execFileSync(process.execPath, ['--no-warnings', '--max-semi-space-size=1', ...args], { encoding: 'utf8' }));

test('buffers that nobody needs are collected long before the engine would', () => {
  expect(most('--expose-gc', FIXTURE, 'collecting')).toBeLessThan(24);
  expect(most('--expose-gc', FIXTURE)).toBeGreaterThan(28);
});

test('without the engine’s leave nothing happens', () => {
  expect(most(FIXTURE, 'collecting')).toBeGreaterThan(28);
});
