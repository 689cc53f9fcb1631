/**
 * Decodes quote packets as the live feed sends them, with the product's decoder and with a plain one that makes an
 * object per packet, in turn in one process: packets a second of each, and their ratio.
 */
import { monotonicMs } from '@rtp/core';
import { decodeFrame } from '@rtp/dhan';
import { provenance, writeSection } from '../lib/generated-section.ts';

const PACKETS_PER_FRAME = 3;
const FRAMES = 20_000;
const ROUNDS = 15;
const QUOTE_BYTES = 50;

interface Quote {
  readonly securityId: number;
  readonly ltp: number;
  readonly volume: number;
  readonly [field: string]: number;
}

let checksum = 0;

const frames = Array.from({ length: FRAMES }, (_, index) => frameOf(index));
const visitor = {
  quote: (packet: { securityId: number; ltp: number; volume: number }): void => {
    checksum += packet.securityId + packet.ltp + packet.volume;
  },
};

function reused(): void {
  for (const frame of frames) decodeFrame(frame, visitor);
}

function allocating(): void {
  for (const frame of frames) {
    for (const packet of decodePlainly(frame)) checksum += packet.securityId + packet.ltp + packet.volume;
  }
}

const rounds = { reused: [] as number[], allocating: [] as number[] };
for (let round = -3; round < ROUNDS; round += 1) {
  for (const [name, run] of Object.entries({ reused, allocating })) {
    const startedAt = monotonicMs();
    run();
    const tookMs = monotonicMs() - startedAt;
    if (round >= 0) rounds[name as keyof typeof rounds].push(tookMs);
  }
}

const packets = FRAMES * PACKETS_PER_FRAME;
const rate = (roundsMs: readonly number[]): number => Math.round((packets / median(roundsMs)) * 1_000);
const [own, plain] = [rate(rounds.reused), rate(rounds.allocating)];
const NEEDED = 500;
const section = `## Feed packets decoded

${provenance('pnpm bench feed-decode')}
One core, quote packets, ${PACKETS_PER_FRAME} a frame, median of ${ROUNDS} rounds. 500 shares send about ${NEEDED} packets a second.

| Decoder | Packets a second | Ours / it |
|---|---|---|
| **ours** | ${own.toLocaleString('en')} | 1.00 |
| an object for each packet | ${plain.toLocaleString('en')} | ${(own / plain).toFixed(2)} |
| what 500 shares need | ${NEEDED} | ${Math.round(own / NEEDED).toLocaleString('en')} |
`;
writeSection('performance', 'feed-decode', section);
process.stdout.write(`${section}\nchecksum ${Math.round(checksum)}\n`);

function frameOf(index: number): Buffer {
  const frame = Buffer.alloc(QUOTE_BYTES * PACKETS_PER_FRAME);
  for (let packet = 0; packet < PACKETS_PER_FRAME; packet += 1) {
    const at = packet * QUOTE_BYTES;
    frame.writeUInt8(4, at);
    frame.writeUInt16LE(QUOTE_BYTES, at + 1);
    frame.writeUInt8(1, at + 3);
    frame.writeUInt32LE(1_000 + ((index * PACKETS_PER_FRAME + packet) % 500), at + 4);
    frame.writeFloatLE(1_400 + (index % 100) / 20, at + 8);
    frame.writeUInt16LE(25, at + 12);
    frame.writeUInt32LE(1_795_169_707 + (index % 60), at + 14);
    frame.writeUInt32LE(3_000_000 + index, at + 22);
  }
  return frame;
}

/** What one would write first: a view and an object per packet, an array per frame. */
function decodePlainly(frame: Uint8Array): readonly Quote[] {
  const found: Quote[] = [];
  for (let at = 0; at + QUOTE_BYTES <= frame.byteLength; at += QUOTE_BYTES) {
    const view = new DataView(frame.buffer, frame.byteOffset + at, QUOTE_BYTES);
    const ltt = view.getUint32(14, true);
    found.push({
      segmentCode: view.getUint8(3),
      securityId: view.getUint32(4, true),
      ltp: view.getFloat32(8, true),
      lastQty: view.getUint16(12, true),
      ltt,
      exchangeTimeMs: ltt === 0 ? 0 : (ltt - 19_800) * 1_000,
      avgPrice: view.getFloat32(18, true),
      volume: view.getUint32(22, true),
      totalSell: view.getUint32(26, true),
      totalBuy: view.getUint32(30, true),
      dayOpen: view.getFloat32(34, true),
      dayClose: view.getFloat32(38, true),
      dayHigh: view.getFloat32(42, true),
      dayLow: view.getFloat32(46, true),
    });
  }
  return found;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
