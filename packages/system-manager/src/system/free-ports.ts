import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { portInUseError, RtpError } from '@rtp/core';

/**
 * Where free ports are taken from: below the range from which Linux (32768 up) and macOS (49152 up) give ports to
 * servers that ask for any and to outgoing connections. There nobody is given the port between its choice and the child
 * that listens on it, nor while that child restarts. Browsers and `fetch` open none of some ports, the last of which is 10080.
 */
const FREE_PORTS = { from: 10_081, below: 32_768, tries: 50 };

export interface WantedPort {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

/**
 * Ports that can be listened on now, all different. Settled before anything starts, so that a child that restarts finds
 * its port again. Errors: RTP_PORT_IN_USE naming the holder; an address that is not this machine's is left to the child.
 */
export async function freePorts(wanted: readonly WantedPort[]): Promise<readonly number[]> {
  const servers: Server[] = [];
  try {
    const ports: number[] = [];
    for (const { host, port } of wanted) {
      ports.push(port === 0 ? await bindAny(host, servers) : await bind(host, port, servers));
    }
    return ports;
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

async function bindAny(host: string, servers: Server[]): Promise<number> {
  for (let tries = 0; tries < FREE_PORTS.tries; tries += 1) {
    try {
      return await bind(host, randomInt(FREE_PORTS.from, FREE_PORTS.below), servers);
    } catch (error) {
      if (!(error instanceof RtpError && error.code === 'RTP_PORT_IN_USE')) throw error;
    }
  }
  return bind(host, 0, servers);
}

function bind(host: string, port: number, servers: Server[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') reject(portInUseError(host, port, error));
      else resolve(port);
    });
    server.listen({ host, port, exclusive: true }, () => {
      servers.push(server);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
