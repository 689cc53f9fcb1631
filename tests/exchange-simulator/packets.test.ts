import { describe, expect, test } from '@jest/globals';
import {
  disconnectPacket,
  writeFull,
  writePrevClose,
  writeQuote,
  writeTicker,
} from '../../packages/exchange-simulator/src/feed/packets.ts';
import type { BookLevel } from '../../packages/exchange-simulator/src/market/order-book.ts';

/** Wire §7.3: RELIANCE at 1421.50, last trade on 20 November 2026, 10:15:07 IST. */
const RELIANCE = { segment: 'NSE_EQ', securityId: 2885, previousClose: 1412.3 } as const;
const STATE = {
  lastPrice: 1421.5,
  lastQuantity: 25,
  lastTradeTime: 1795169707,
  volume: 3456789,
  turnover: 1419.82 * 3456789,
  open: 1415,
  high: 1425.9,
  low: 1409.05,
};
const EMPTY: BookLevel = { quantity: 0, orders: 0, price: 0 };

function encoded(write: (view: DataView) => number): string {
  const bytes = Buffer.alloc(256);
  return bytes.subarray(0, write(new DataView(bytes.buffer, bytes.byteOffset))).toString('hex');
}

const hex = (text: string): string => text.replaceAll(' ', '');
const DAY_PRICES = '00e0b044 9a89b044 cd3cb244 9a21b044';
const TRADING = '00b0b144 1900 ab1d006b 3d7ab144 15bf3400 b94a0600 ad150600';

describe('feed packets are the documented bytes', () => {
  test('ticker', () => {
    expect(encoded((view) => writeTicker(view, 0, RELIANCE, STATE))).toBe(hex('02 1000 01 450b0000 00b0b144 ab1d006b'));
  });

  test('quote', () => {
    expect(encoded((view) => writeQuote(view, 0, RELIANCE, STATE, 398765, 412345))).toBe(
      hex(`04 3200 01 450b0000 ${TRADING} ${DAY_PRICES}`),
    );
  });

  test('full, with five levels of the book', () => {
    const book = {
      buy: [{ quantity: 100, orders: 3, price: 1421.4 }, EMPTY, EMPTY, EMPTY, EMPTY],
      sell: [{ quantity: 200, orders: 4, price: 1421.5 }, EMPTY, EMPTY, EMPTY, EMPTY],
      buyQuantity: 398765,
      sellQuantity: 412345,
    };
    const level = '64000000 c8000000 0300 0400 cdacb144 00b0b144';
    expect(encoded((view) => writeFull(view, 0, RELIANCE, STATE, book))).toBe(
      hex(`08 a200 01 450b0000 ${TRADING} 00000000 00000000 00000000 ${DAY_PRICES} ${level}`) + '00'.repeat(80),
    );
  });

  test('previous close of an index', () => {
    const nifty = { segment: 'IDX_I', securityId: 13, previousClose: 25950.25 } as const;
    expect(encoded((view) => writePrevClose(view, 0, nifty))).toBe(hex('06 1000 00 0d000000 80bcca46 00000000'));
  });

  test('disconnect', () => {
    expect(disconnectPacket(807).toString('hex')).toBe(hex('32 0a00 00 00000000 2703'));
  });

  test('a last quantity beyond two bytes wraps', () => {
    const bytes = encoded((view) => writeQuote(view, 0, RELIANCE, { ...STATE, lastQuantity: 65_536 + 7 }, 0, 0));
    expect(bytes.slice(24, 28)).toBe('0700');
  });
});
