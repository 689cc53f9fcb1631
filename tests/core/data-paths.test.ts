import { chmodSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { dataPaths, prepareDataDir, projectRoot, type RtpError } from '@rtp/core';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rtp-paths-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const codeOf = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return (error as RtpError).code;
  }
};

describe('the paths of a data directory', () => {
  test('all lie inside it, except the logs of the default one', () => {
    const { dataDir, ...paths } = dataPaths(dir);
    expect(dataDir).toBe(dir);
    for (const path of Object.values(paths)) expect(path.startsWith(`${dir}/`)).toBe(true);
    expect(dataPaths(join(projectRoot, 'data')).logsDir).toBe(join(projectRoot, 'logs'));
    expect(dataPaths(dir).logsDir).toBe(join(dir, 'logs'));
  });

  test('are absolute and frozen', () => {
    expect(dataPaths('some/where').dataDir).toBe(join(process.cwd(), 'some/where'));
    expect(Object.isFrozen(dataPaths(dir))).toBe(true);
  });

  test('put sockets of a deep directory where the kernel can bind them', async () => {
    const deep = join(dir, 'long-name-'.repeat(12));
    const paths = dataPaths(deep);
    prepareDataDir(paths);
    try {
      expect(Buffer.byteLength(paths.storeSocket)).toBeLessThanOrEqual(100);
      expect(paths.storeSocket).not.toBe(dataPaths(`${deep}-too`).storeSocket);
      expect(paths.storeSocket).toBe(dataPaths(deep).storeSocket);
      expect(dirname(paths.storeSocket)).toBe(dirname(paths.managerSocket));
      expect(statSync(dirname(paths.storeSocket)).mode & 0o777).toBe(0o700);
      const server = createServer();
      await new Promise<void>((done) => server.listen(paths.storeSocket, done));
      await new Promise((done) => server.close(done));
    } finally {
      rmSync(dirname(paths.storeSocket), { recursive: true });
    }
  });

  test('count bytes, not characters', () => {
    const wide = join(dir, 'दिन'.repeat(8));
    expect(join(wide, 'run/manager.sock').length).toBeLessThan(100);
    expect(dataPaths(wide).managerSocket.startsWith(wide)).toBe(false);
  });
});

describe('preparing a data directory', () => {
  test('makes its folders, the run folder for the owner alone, as often as asked', () => {
    const paths = dataPaths(join(dir, 'new/data'));
    prepareDataDir(paths);
    chmodSync(paths.runDir, 0o755);
    prepareDataDir(paths);
    expect(statSync(paths.runDir).mode & 0o777).toBe(0o700);
    for (const path of [paths.hotDir, paths.historyDir, paths.metricsDir, paths.logsDir]) {
      expect(statSync(path).isDirectory()).toBe(true);
    }
    expect(realpathSync(paths.dataDir)).toBe(paths.dataDir);
  });

  test('refuses a file in its place or in the place of a folder', () => {
    const file = join(dir, 'file');
    writeFileSync(file, '');
    expect(codeOf(() => prepareDataDir(dataPaths(file)))).toBe('RTP_DATA_DIR_UNWRITABLE');
    expect(codeOf(() => prepareDataDir(dataPaths(join(file, 'data'))))).toBe('RTP_DATA_DIR_UNWRITABLE');
    writeFileSync(join(dir, 'hot'), '');
    expect(codeOf(() => prepareDataDir(dataPaths(dir)))).toBe('RTP_DATA_DIR_UNWRITABLE');
  });
});
