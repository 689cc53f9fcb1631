/**
 * Builds a day of bars from quote packets of 500 instruments, one a second each, sealing every minute: packets a second,
 * and how many times that is what the live feed sends, and what it sends at 82 times market speed.
 */
import { atIst, type Instrument, loadCalendar, MINUTE_MS, monotonicMs } from '@rtp/core';
import type { QuotePacket } from '@rtp/dhan';
import { BarBuilder, DayGrid } from '@rtp/pipeline';

const DATE = '2026-11-20';
const SYMBOLS = 500;
const MINUTES = 60;
const ROUNDS = 7;
/** Packets a second of 500 instruments, one a second each. */
const LIVE_RATE = 500;
const FAST_RATE = 41_000;

const grid = new DayGrid(loadCalendar({ file: 'config/calendar.json' }), DATE);
const instruments = Array.from({ length: SYMBOLS }, (_, slot): Instrument => {
  return {
    instrumentId: slot + 1,
    symbol: `S${slot}`,
    segment: 'NSE_EQ',
    securityId: String(1_000 + slot * 17),
    isin: '',
    series: 'EQ',
    class: 'share',
    tickPaise: 5,
    validFrom: DATE,
    validTo: null,
    trackedFrom: DATE,
  };
});
const ids = instruments.map((instrument) => Number(instrument.securityId));
const packet: QuotePacket = {
  segmentCode: 1,
  securityId: 0,
  ltp: 0,
  lastQty: 1,
  ltt: 1,
  exchangeTimeMs: 0,
  avgPrice: 0,
  volume: 0,
  totalSell: 0,
  totalBuy: 0,
  dayOpen: 0,
  dayClose: 0,
  dayHigh: 0,
  dayLow: 0,
};

let bars = 0;
const roundsMs: number[] = [];
for (let round = -2; round < ROUNDS; round += 1) {
  const startedAt = monotonicMs();
  bars = day();
  if (round >= 0) roundsMs.push(monotonicMs() - startedAt);
}
const packets = SYMBOLS * MINUTES * 60;
const rate = Math.round((packets / median(roundsMs)) * 1_000);
console.log(
  JSON.stringify({
    bench: 'bar-builder',
    packetsPerSecond: rate,
    timesLiveFeed: Number((rate / LIVE_RATE).toFixed(0)),
    timesFastFeed: Number((rate / FAST_RATE).toFixed(1)),
    bars,
  }),
);

/** One hour of the market; returns the bars that were sealed. */
function day(): number {
  const builder = new BarBuilder({ grid, instruments, dayStartMs: atIst(DATE, '00:00') });
  builder.connected(grid.openMs - MINUTE_MS);
  let sealed = 0;
  for (let second = -1; second < MINUTES * 60; second += 1) {
    packet.exchangeTimeMs = grid.openMs + second * 1_000;
    for (let slot = 0; slot < SYMBOLS; slot += 1) {
      packet.securityId = ids[slot] as number;
      packet.ltp = Math.fround(100 + ((second * 7 + slot * 13) % 100) / 20);
      packet.volume = (second + 1) * 10;
      builder.quote(packet);
    }
    if (second % 60 === 59) sealed += builder.seal(Math.floor(second / 60), packet.exchangeTimeMs).length;
  }
  return sealed;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
