import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { projectRoot } from '@rtp/core';
import { execaNode } from 'execa';

const run = (...args: string[]) =>
  execaNode(join(projectRoot, 'tests/run.ts'), args, { nodeOptions: [], reject: false, all: true });

describe('the test runner', () => {
  test('ends with the count of tests and 0 when all pass', async () => {
    const { exitCode, stdout } = await run('unit', 'gates/import-cycles');
    expect(stdout.split('\n').at(-1)).toBe('5 passed, 0 failed');
    expect(stdout).toMatch(/^unit {6}\s*\d+\.\d s of 120\.0 s {2}ok$/m);
    expect(exitCode).toBe(0);
  });

  test('fails when there is nothing to test', async () => {
    const { exitCode, stdout } = await run('unit', 'no-such-suite');
    expect(stdout).toMatch(/FAILED: it found nothing to test\n0 passed, 0 failed$/);
    expect(exitCode).toBe(1);
  });

  test('explains itself when asked for a plan it does not know', async () => {
    const { exitCode, stderr } = await run('everything');
    expect(stderr).toMatch(/usage: node tests\/run\.ts ci\|/);
    expect(exitCode).toBe(64);
  });
});
