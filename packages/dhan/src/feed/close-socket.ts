import { realTimer } from '@rtp/core';
import type { WebSocket } from 'ws';

/** Real time a peer has to answer a close before the socket is cut. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Resolves when the socket is gone: politely if it was open, by force after a moment. */
export function closeSocket(socket: WebSocket, politely: boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = realTimer(CLOSE_TIMEOUT_MS, () => socket.terminate());
    socket.once('close', () => {
      timer.cancel();
      resolve();
    });
    if (politely) socket.close(1000);
    else socket.terminate();
  });
}
