import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { projectRoot } from '@rtp/core';
import { endSystems, startFixtures, temporaryDir } from './support/systems.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

afterEach(endSystems);

const RTP = join(projectRoot, 'bin/rtp');
const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function rtp(args: readonly string[], options: { cwd?: string; program?: string } = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(options.program ?? RTP, args, { env, cwd: options.cwd }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe('the launcher', () => {
  test('works through symbolic links and from another directory', async () => {
    const dir = temporaryDir();
    mkdirSync(join(dir, 'bin'));
    symlinkSync(RTP, join(dir, 'bin/rtp-one'));
    symlinkSync('rtp-one', join(dir, 'bin/rtp-two'));
    const { exitCode, stdout } = await rtp(['--version'], { cwd: dir, program: join(dir, 'bin/rtp-two') });
    expect([exitCode, stdout]).toEqual([0, '0.1.0\n']);
  });

  test('says how to install the dependencies when they are missing', async () => {
    const dir = temporaryDir();
    mkdirSync(join(dir, 'bin'));
    writeFileSync(join(dir, 'bin/rtp'), readFileSync(RTP), { mode: 0o755 });
    const { exitCode, stderr } = await rtp(['--version'], { program: join(dir, 'bin/rtp') });
    expect(exitCode).toBe(78);
    expect(stderr).toContain('RTP_NOT_INSTALLED');
    expect(stderr).toContain('npx -y pnpm@12 install');
  });
});

describe('a command line that is not understood', () => {
  test.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['statsu'], '(Did you mean status?)'],
    [['start', '--bogus'], "unknown option '--bogus'"],
    [['start', '--api-prot', '1'], '(Did you mean --api-port?)'],
    [['start', '--api-port', 'http'], 'It takes a port from 0 (any free one) to 65535.'],
    [['start', '--data-port', '65536'], 'It takes a port'],
    [['start', '--source', 'nse'], 'It takes one of dhan, simulator.'],
    [['start', '--source', 'simulator', '--speed', '-1'], 'It takes a number above 0 and up to 3600'],
    [['start', '--source', 'simulator', '--date', '2016-02-30'], 'It takes a date of the calendar as YYYY-MM-DD'],
    [['start', '--source', 'simulator', '--from', '9:15'], 'It takes an IST time of day as HH:MM'],
    [['start', '--source', 'simulator', '--bars', 'a.csv', '--symbols', '5'], "cannot be used with option '--symbols"],
    [['start', '--source', 'dhan', '--speed', '5'], '--speed needs --source simulator'],
    [['start', '--config', ''], 'It takes a path that is not empty.'],
    [['data'], "missing required argument 'symbol'"],
    [['data', 'RELIANCE'], 'Which day?'],
    [
      ['data', 'RELIANCE', '--from', '2016-10-01', '--to', '2016-09-30'],
      '--from 2016-10-01 lies after --to 2016-09-30',
    ],
    [['data', 'RELIANCE', '--date', '2016-09-30', '--format', 'xml'], 'It takes one of table, csv, json.'],
    [['restart', 'everything'], 'It takes one of simulator, store, scheduler, monitor, pipeline.'],
    [['stop', 'now'], 'too many arguments'],
    [['config', 'edit'], 'It takes one of show, check, backup.'],
    [['indicators', 'lst'], "unknown command 'lst' (Did you mean list?)"],
    [['indicators', 'compute'], "missing required argument 'file'"],
    [['indicators', 'verify', '--symbols', 'ACC,,'], 'It takes an NSE trading symbol'],
    [['indicators', 'update', '--from', 'yesterday'], 'It takes a date of the calendar as YYYY-MM-DD'],
  ])('%j is RTP_USAGE with exit code 64, and says what is accepted', async (args, message) => {
    const { exitCode, stdout, stderr } = await rtp(args);
    expect(stderr).toContain('RTP_USAGE: ');
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([exitCode, stdout]).toEqual([64, '']);
  });

  test('no command at all shows the help, with exit code 64', async () => {
    const { exitCode, stdout } = await rtp([]);
    expect(exitCode).toBe(64);
    expect(stdout).toContain('Usage: rtp');
  });

  test('`rtp indicators` alone shows what is below it, with exit code 64', async () => {
    const { exitCode, stdout } = await rtp(['indicators']);
    expect(exitCode).toBe(64);
    for (const command of ['list', 'compute', 'update', 'verify'])
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(await rtp(['help', 'indicators', 'verify'])).toEqual(await rtp(['indicators', 'verify', '--help']));
  });

  test('`rtp help start` is `rtp start --help`', async () => {
    expect(await rtp(['help', 'start'])).toEqual(await rtp(['start', '--help']));
  });

  test.each([['start'], ['status'], ['stop'], ['restart'], ['data'], ['config'], ['simulator'], ['demo']])(
    '%s --help describes the command and names --data-dir',
    async (command) => {
      const { exitCode, stdout } = await rtp([command, '--help']);
      expect(exitCode).toBe(0);
      expect(stdout).toContain(`Usage: rtp ${command}`);
      expect(stdout).toContain('--data-dir');
    },
  );
});

describe('commands about a system', () => {
  test('that does not run: status 3, stop 0, restart an error', async () => {
    const dir = join(temporaryDir(), 'none');
    const status = await rtp(['status', '--data-dir', dir]);
    expect(status.exitCode).toBe(3);
    expect(status.stdout).toBe(`Not running on ${dir}.\nStart it with: rtp start --data-dir ${dir}\n`);
    const json = await rtp(['status', '--json', '--data-dir', dir]);
    expect([json.exitCode, JSON.parse(json.stdout).verdict]).toEqual([3, 'not running']);
    const stop = await rtp(['stop', '--data-dir', dir]);
    expect([stop.exitCode, stop.stdout]).toEqual([0, `Nothing runs on ${dir}.\n`]);
    const restart = await rtp(['restart', '--data-dir', dir]);
    expect(restart.exitCode).toBe(1);
    expect(restart.stderr).toContain('RTP_NOT_RUNNING');
  });

  test('whose directory has spaces and quotes: the command that is proposed can be pasted', async () => {
    const dir = join(temporaryDir(), "Asha's data");
    const { stdout } = await rtp(['status', '--data-dir', dir]);
    expect(stdout).toContain(`rtp start --data-dir '${dir.replace("'", "'\\''")}'`);
  });

  test('that runs: status 0 without colour, restart, stop', async () => {
    const dir = temporaryDir();
    const system = await startFixtures(dir);
    const status = await rtp(['status', '--data-dir', dir]);
    expect(status.exitCode).toBe(0);
    expect(status.stdout).toContain('all ready');
    expect(status.stdout).not.toContain('\u001b');
    const restart = await rtp(['restart', 'store', '--data-dir', dir]);
    expect([restart.exitCode, restart.stdout]).toEqual([0, 'Restarted store.\n']);
    const idle = await rtp(['restart', 'pipeline', '--data-dir', dir]);
    expect(idle.stdout).toContain('pipeline is not wanted now');
    const stop = await rtp(['stop', '--data-dir', dir]);
    expect(stop.exitCode).toBe(0);
    expect(stop.stdout).toMatch(/Stopped\.\n$/);
    expect(await system.stopped).toBe(0);
  });

  test('that is degraded: status 4, naming the component', async () => {
    const dir = temporaryDir();
    const system = await startFixtures(dir, { monitor: 'reports-a-problem' });
    await system.waitUntil((now) => now.components.some((line) => line.state === 'degraded'));
    const { exitCode, stdout } = await rtp(['status', '--data-dir', dir]);
    expect(exitCode).toBe(4);
    expect(stdout).toContain('degraded: monitor degraded');
    expect(stdout).toContain('the disk is nearly full');
  });
});

describe('rtp config', () => {
  test('names every problem of a bad file, with exit code 78', async () => {
    const file = join(temporaryDir(), 'bad.json');
    writeFileSync(file, '{ "data_api": { "port": 99999 }, "stroe": { "threads": 1 } }');
    const { exitCode, stderr } = await rtp(['config', 'check', '--config', file]);
    expect(exitCode).toBe(78);
    expect(stderr).toContain('RTP_CONFIG_INVALID');
    expect(stderr).toContain('data_api.port');
    expect(stderr).toContain('did you mean "store"?');
  });

  test('finds the shipped configuration fine', async () => {
    const { exitCode, stdout } = await rtp(['config', 'check']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('The configuration is fine');
  });
});
