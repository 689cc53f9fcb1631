import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePorts } from '../../packages/system-manager/src/system/free-ports.ts';

const HOST = '127.0.0.1';

test('free ports are different, and none that the operating system gives away or that fetch refuses', async () => {
  const ports = await freePorts(Array.from({ length: 40 }, () => ({ host: HOST, port: 0 })));
  expect(new Set(ports).size).toBe(40);
  expect(Math.min(...ports)).toBeGreaterThan(10_080);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

test('a named port is taken as it is, and released again', async () => {
  const [port = 0] = await freePorts([{ host: HOST, port: 0 }]);
  expect(await freePorts([{ host: HOST, port }])).toEqual([port]);
  const server = createServer().listen(port, HOST);
  await new Promise((resolve) => server.once('listening', resolve));
  await expect(freePorts([{ host: HOST, port }])).rejects.toMatchObject({ code: 'RTP_PORT_IN_USE' });
  await new Promise((resolve) => server.close(resolve));
});
