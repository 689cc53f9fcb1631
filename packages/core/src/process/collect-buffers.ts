import { type RealTimer, realInterval } from '../clock/real-time.ts';

const LOOK_MS = 1_000;
/** Bytes of buffers beyond those alive after the last collection, at which the next is due. */
const GROWTH_BYTES = 12 * 1_024 * 1_024;

/**
 * Collects garbage whenever buffers have piled up. Left to itself the engine waits for 64 MB of them, because they lie
 * outside its heap: a process that makes a megabyte of columns a minute would hold on to an hour's worth. A collection
 * takes some 10 ms. Looks every `lookMs` of real time. Does nothing unless Node runs with `--expose-gc`.
 */
export function collectBuffers(lookMs: number = LOOK_MS): RealTimer {
  const collect = globalThis.gc;
  if (collect === undefined) return { cancel: () => {} };
  let alive = process.memoryUsage().arrayBuffers;
  const look = (): void => {
    const { arrayBuffers } = process.memoryUsage();
    if (arrayBuffers < alive) alive = arrayBuffers;
    if (arrayBuffers - alive < GROWTH_BYTES) return;
    collect();
    alive = process.memoryUsage().arrayBuffers;
  };
  return realInterval(lookMs, look, { keepAlive: false });
}
