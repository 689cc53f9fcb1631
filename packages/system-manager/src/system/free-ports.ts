import { createServer, type Server } from 'node:net';
import { portInUseError } from '@rtp/core';

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
    for (const { host, port } of wanted) ports.push(await bind(host, port, servers));
    return ports;
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
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
