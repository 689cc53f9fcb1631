import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { realDelay } from '@rtp/core';
import { fixture, processEnds } from './support/children.ts';
import { endSystems, temporaryDir } from './support/systems.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

const spawned: ChildProcess[] = [];
afterEach(async () => {
  for (const child of spawned.splice(0)) child.kill('SIGKILL');
  await endSystems();
});

/** `script` of util-linux runs a command on a terminal of its own. */
const SCRIPT = ['/usr/bin/script', '/bin/script'].find(existsSync);
const onTerminal = SCRIPT === undefined ? test.skip : test;

const linesOf = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];

async function writes(file: string, wanted: RegExp): Promise<string> {
  for (let waited = 0; ; waited += 10) {
    const line = linesOf(file).find((candidate) => wanted.test(candidate));
    if (line !== undefined) return line;
    if (waited > 20_000) throw new Error(`${file} has only ${linesOf(file).join(' | ')}`);
    await realDelay(10);
  }
}

async function pidIn(file: string): Promise<number> {
  return Number((await writes(file, /^pid \d+$/)).slice(4));
}

describe('SIGHUP', () => {
  test('asks a process without a terminal to read its configuration again', async () => {
    const file = join(temporaryDir(), 'heard');
    const child = spawn(process.execPath, [fixture('hears-signals'), file], { detached: true, stdio: 'ignore' });
    spawned.push(child);
    process.kill(await pidIn(file), 'SIGHUP');
    await writes(file, /^reload$/);
    child.kill('SIGTERM');
    await writes(file, /^stop SIGTERM$/);
  });

  onTerminal('asks for the same while the terminal is there, and ends the process once it is hung up', async () => {
    const file = join(temporaryDir(), 'heard');
    const command = `exec '${process.execPath}' '${fixture('hears-signals')}' '${file}'`;
    const terminal = spawn(SCRIPT as string, ['-q', '-e', '-c', command, '/dev/null'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    spawned.push(terminal);
    const pid = await pidIn(file);
    process.kill(pid, 'SIGHUP');
    await writes(file, /^reload$/);
    // With the process that holds the other end, the terminal is gone: the kernel hangs it up.
    terminal.kill('SIGKILL');
    await writes(file, /^stop SIGHUP$/);
    await processEnds(pid);
    expect(linesOf(file).slice(1)).toEqual(['reload', 'stop SIGHUP']);
  });
});
