/** A simulated exchange on a free port, and a raw client of its wire that shares no code with RTP's own. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as yieldToIo } from 'node:timers/promises';
import { jest } from '@jest/globals';
import {
  atIst,
  defaultConfig,
  loadCalendar,
  ManualClock,
  type MarketClock,
  type RtpConfig,
  type SessionCalendar,
  type SimulatorFaultInput,
  simulatorFaultSchema,
} from '@rtp/core';
import {
  type DayChoice,
  loadDay,
  type MarketDay,
  prepareDay,
  SIMULATOR_CREDENTIALS,
  Simulator,
  totpCode,
  totpStep,
} from '@rtp/exchange-simulator';
import { WebSocket } from 'ws';

export const calendar: SessionCalendar = loadCalendar({ file: defaultConfig().calendar.file });

// A day is prepared in a second or two; on a busy machine in many.
jest.setTimeout(60_000);

const { round } = Math;

/** A folder that is gone after `use`. */
export async function withTempDir<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'rtp-test-'));
  try {
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const loaded = new Map<string, Promise<MarketDay>>();

/** A prepared and loaded day; the same choice is prepared once. */
export function dayOf(choice: DayChoice): Promise<MarketDay> {
  const key = JSON.stringify(choice);
  let day = loaded.get(key);
  if (day === undefined) {
    day = withTempDir(async (dir) => {
      await prepareDay(choice, dir);
      return loadDay(dir, calendar);
    });
    loaded.set(key, day);
  }
  return day;
}

export interface Exchange {
  readonly simulator: Simulator;
  readonly url: string;
  readonly clock: ManualClock;
  readonly day: MarketDay;
  close(): Promise<void>;
}

/** Settings of an exchange, faults as they are written in a configuration. */
export type ExchangeSettings = Omit<Partial<RtpConfig['simulator']>, 'faults'> & {
  readonly faults?: readonly SimulatorFaultInput[];
};

/** Starts an exchange on a hand-cranked clock at an IST time of the day. */
export async function startExchange(
  day: MarketDay,
  time: string,
  { faults = [], ...settings }: ExchangeSettings = {},
  timing: { pingIntervalMs?: number; pongTimeoutMs?: number } = {},
): Promise<Exchange> {
  const clock = new ManualClock(atIst(day.date, time));
  const config = {
    ...defaultConfig().simulator,
    ...settings,
    faults: faults.map((fault) => simulatorFaultSchema.parse(fault)),
  };
  const simulator = new Simulator({ day, clock, config, ...timing });
  const url = await simulator.listen(0);
  return { simulator, url, clock, day, close: () => simulator.close() };
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes.
  readonly json: any;
}

export async function call(url: string, init?: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, text, headers: response.headers, json };
}

export function mintUrl(url: string, totp: string, pin: string = SIMULATOR_CREDENTIALS.pin): string {
  const query = new URLSearchParams({ dhanClientId: SIMULATOR_CREDENTIALS.clientId, pin, totp });
  return `${url}/app/generateAccessToken?${query}`;
}

export const currentTotp = (clock: MarketClock): string =>
  totpCode(SIMULATOR_CREDENTIALS.totpSecret, totpStep(clock.now()));

/** A fresh access token. */
export async function mint(exchange: { url: string; clock: MarketClock }): Promise<string> {
  const reply = await call(mintUrl(exchange.url, currentTotp(exchange.clock)), { method: 'POST' });
  return reply.json.accessToken as string;
}

export function post(url: string, token: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  return call(url, {
    method: 'POST',
    headers: {
      'access-token': token,
      'client-id': SIMULATOR_CREDENTIALS.clientId,
      'content-type': 'application/json',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** One decoded feed packet; fields by the broker's documented offsets. */
export interface Packet {
  readonly code: number;
  readonly length: number;
  readonly segment: number;
  readonly securityId: number;
  readonly ltp: number;
  readonly ltt: number;
  readonly lastQuantity: number;
  readonly average: number;
  readonly volume: number;
  readonly open: number;
  readonly close: number;
  readonly high: number;
  readonly low: number;
}

/** All packets of a frame. */
export function decodeFrame(frame: Buffer): Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at < frame.length; ) {
    const length = frame.readUInt16LE(at + 1);
    packets.push(decodePacket(frame.subarray(at, at + length)));
    at += length;
  }
  return packets;
}

function decodePacket(packet: Buffer): Packet {
  const code = packet.readUInt8(0);
  const price = (at: number): number => (at + 4 <= packet.length ? round(packet.readFloatLE(at) * 100) / 100 : 0);
  const whole = (at: number): number => (at + 4 <= packet.length ? packet.readUInt32LE(at) : 0);
  const isTicker = code === 2;
  const day = code === 8 ? 46 : 34;
  return {
    code,
    length: packet.readUInt16LE(1),
    segment: packet.readUInt8(3),
    securityId: packet.readUInt32LE(4),
    ltp: price(8),
    ltt: isTicker ? whole(12) : whole(14),
    lastQuantity: packet.length >= 50 ? packet.readUInt16LE(12) : 0,
    average: price(18),
    volume: whole(22),
    open: price(day),
    close: price(day + 4),
    high: price(day + 8),
    low: price(day + 12),
  };
}

/** A raw feed socket that keeps what it gets. */
export class FeedClient {
  readonly socket: WebSocket;
  readonly frames: Buffer[] = [];
  readonly closed: Promise<{ code: number }>;
  private changed: () => void = () => {};
  private isOpen = false;

  constructor(url: string, query: Record<string, string>, options: object = {}) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}?${new URLSearchParams(query)}`, options);
    this.socket.on('message', (data: Buffer) => {
      this.frames.push(data);
      this.changed();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code) => {
        resolve({ code });
        this.changed();
      });
    });
    this.socket.on('open', () => {
      this.isOpen = true;
      this.changed();
    });
    this.socket.on('error', () => {});
  }

  static async open(url: string, token: string, options: object = {}): Promise<FeedClient> {
    const client = new FeedClient(url, feedQuery(token), options);
    await client.until(() => client.isOpen);
    return client;
  }

  get packets(): Packet[] {
    return this.frames.flatMap(decodeFrame);
  }

  subscribe(code: number, instruments: readonly { segment: string; securityId: number | string }[]): void {
    const list = instruments.map((one) => ({ ExchangeSegment: one.segment, SecurityId: String(one.securityId) }));
    this.send({ RequestCode: code, InstrumentCount: list.length, InstrumentList: list });
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Waits until `holds`, looked at whenever something arrives. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.changed = resolve;
      });
    }
  }

  close(): void {
    this.socket.terminate();
  }
}

/** Waits for the other side of a socket of this process. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await yieldToIo();
}

export const feedQuery = (token: string): Record<string, string> => ({
  version: '2',
  token,
  clientId: SIMULATOR_CREDENTIALS.clientId,
  authType: '2',
});
