import { describe, expect, test } from '@jest/globals';
import { atIst, type Bar, type Instrument, istTimeOf, loadCalendar } from '@rtp/core';
import { BarBuilder, DayGrid } from '@rtp/pipeline';
import fc from 'fast-check';
import { instrumentOf } from './fixtures/instruments.ts';
import { type Print, packetAt, packetOf } from './fixtures/packets.ts';

const DATE = '2026-11-20';
const calendar = loadCalendar({ file: 'config/calendar.json' });
const grid = new DayGrid(calendar, DATE);
const share = instrumentOf(1, 'TCS');

/** A builder connected at `connectedAt` (IST), and what it reports. */
function builderFor(instruments: readonly Instrument[], connectedAt = '09:00:00') {
  const unseen: [number, string, string][] = [];
  const builder = new BarBuilder({
    grid,
    instruments,
    dayStartMs: atIst(DATE, '00:00'),
    gapToleranceMs: 5_000,
    onUnseen: (slot, from, to) => {
      unseen.push([slot, hhmm(grid.minuteAt(from)), hhmm(grid.minuteAt(to))]);
    },
  });
  builder.connected(atIst(DATE, connectedAt));
  const feed = (instrument: Instrument, ...prints: readonly Print[]): void => {
    for (const print of prints) builder.quote(packetOf(instrument, DATE, print));
  };
  const sealed = (through: string): readonly unknown[] => builder.seal(indexAt(through), 0).map(shape);
  return { builder, feed, sealed, unseen };
}

const hhmm = (instant: number): string => istTimeOf(instant).slice(0, 5);
const indexAt = (time: string): number => grid.indexOf(atIst(DATE, time));
/** time, o, h, l, c, v, and `partial` where it is. */
const shape = (bar: Bar): readonly unknown[] => [
  hhmm(bar.ts),
  bar.open,
  bar.high,
  bar.low,
  bar.close,
  bar.volume,
  ...(bar.partial ? ['partial'] : []),
];
const FRESH: Print = ['08:59:00', 99, 0];

describe('minutes from packets', () => {
  test('a packet belongs to the minute of its trade, and volume is the difference of the counter', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:15:00', 100, 10], ['09:15:20', 102, 15], ['09:15:59', 101, 40], ['09:16:00', 98, 41]);
    expect(sealed('09:15')).toEqual([['09:15', 100, 102, 100, 101, 40]]);
    expect(sealed('09:16')).toEqual([['09:16', 98, 98, 98, 98, 1]]);
  });

  test('volume shown before the open belongs to no minute', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, ['09:07:30', 100, 5_000], ['09:15:01', 101, 5_200]);
    expect(sealed('09:15')).toEqual([['09:15', 101, 101, 101, 101, 200]]);
  });

  test("yesterday's snapshot says that nothing has been traded today", () => {
    const { builder, feed, sealed } = builderFor([share]);
    builder.quote(packetAt(share, atIst('2026-11-19', '15:29:58'), 99, 900_000));
    feed(share, ['11:00:05', 100, 70]);
    expect(sealed('11:00')).toEqual([['11:00', 100, 100, 100, 100, 70]]);
    expect(builder.outOfSession).toBe(1);
  });

  test('an instrument that never traded starts from nothing, and its packet is rejected', () => {
    const { builder, feed, sealed } = builderFor([share]);
    builder.quote(packetAt(share, 0, 0, 0));
    feed(share, ['10:00:00', 50, 5]);
    expect(sealed('10:00')).toEqual([['10:00', 50, 50, 50, 50, 5]]);
    expect(builder.rejected).toBe(1);
  });

  test('32-bit prices are rounded to paise, and to the tick where a float no longer resolves them', () => {
    const dear = instrumentOf(2, 'MRF', { tickPaise: 500 });
    const { feed, sealed } = builderFor([share, dear]);
    feed(share, FRESH, ['09:15:00', 993.4, 1], ['09:15:01', 993.35, 2]);
    feed(dear, FRESH, ['09:15:00', 151_234.98, 1]);
    expect(sealed('09:15')).toEqual([
      ['09:15', 993.4, 993.4, 993.35, 993.35, 2],
      ['09:15', 151_235, 151_235, 151_235, 151_235, 1],
    ]);
  });

  test('a print without volume moves high, low and close', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:15:00', 100, 1], ['09:15:10', 103, 1], ['09:15:20', 99, 1]);
    expect(sealed('09:15')).toEqual([['09:15', 100, 103, 99, 99, 1]]);
  });

  test('prints without any volume are no bar of a share, and a bar of an index', () => {
    const index = instrumentOf(3, 'NIFTY', { class: 'index' });
    const { feed, sealed } = builderFor([share, index]);
    feed(share, FRESH, ['09:15:00', 100, 0]);
    feed(index, FRESH, ['09:15:00', 26_000.05, 0], ['09:15:30', 26_010.1, 0]);
    expect(sealed('09:15')).toEqual([['09:15', 26_000.05, 26_010.1, 26_000.05, 26_010.1, 0]]);
  });

  test('ids that occur in two segments are kept apart', () => {
    const index = instrumentOf(3, 'NIFTY', { class: 'index', securityId: '13' });
    const abb = instrumentOf(4, 'ABB', { securityId: '13' });
    const { feed, sealed } = builderFor([index, abb]);
    feed(index, FRESH, ['09:15:00', 26_000, 0]);
    feed(abb, FRESH, ['09:15:00', 5_000, 3]);
    expect(sealed('09:15')).toEqual([
      ['09:15', 26_000, 26_000, 26_000, 26_000, 0],
      ['09:15', 5_000, 5_000, 5_000, 5_000, 3],
    ]);
  });

  test('trades outside the expected minutes of their class are counted and never bars', () => {
    const auction = instrumentOf(5, 'SBIN', { class: 'cas_share' });
    const { builder, feed } = builderFor([share, auction]);
    feed(auction, FRESH, ['15:14:59', 100, 10], ['15:15:00', 100, 20], ['15:29:30', 101, 9_000]);
    feed(share, FRESH, ['15:15:00', 100, 20], ['15:30:00', 100, 30], ['15:50:10', 100, 40]);
    expect(builder.seal(grid.minutes - 1, 0).map(shape)).toEqual([
      ['15:14', 100, 100, 100, 100, 10],
      ['15:15', 100, 100, 100, 100, 20],
    ]);
    // Two snapshots from before the open are among them.
    expect(builder.outOfSession).toBe(6);
  });

  test('what is no price is rejected, whatever else the packet says', () => {
    const { builder, feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:15:10', 100, 10]);
    for (const price of [Number.NaN, -1, 0, 0.001, Number.POSITIVE_INFINITY, 3e7])
      feed(share, ['09:15:30', price, 500]);
    builder.polled(0, atIst(DATE, '09:15:40'), -1, 500);
    expect(builder.rejected).toBe(7);
    expect(sealed('09:15')).toEqual([['09:15', 100, 100, 100, 100, 10]]);
  });

  test('packets of instruments that are not tracked are rejected', () => {
    const { builder, feed } = builderFor([share]);
    feed(instrumentOf(9, 'OTHER'), ['09:15:00', 1, 1]);
    expect(builder.rejected).toBe(1);
  });
});

describe('the volume counter', () => {
  test('a counter that falls is a reset: counting goes on from there', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:15:00', 100, 500], ['09:15:10', 100, 20], ['09:15:20', 100, 50]);
    expect(sealed('09:15')).toEqual([['09:15', 100, 100, 100, 100, 530]]);
  });

  test('a counter that falls for a moment and comes back costs nothing', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:15:00', 100, 500], ['09:15:10', 100, 0], ['09:15:20', 100, 700]);
    expect(sealed('09:15')).toEqual([['09:15', 100, 100, 100, 100, 700]]);
  });

  test('a counter that grows past its old value only much later had been reset after all', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:15:00', 100, 500], ['09:15:10', 100, 20], ['09:18:00', 100, 520]);
    expect(sealed('09:18')).toEqual([
      ['09:15', 100, 100, 100, 100, 500],
      ['09:18', 100, 100, 100, 100, 500],
    ]);
  });

  test('a late packet from before a reset counts as it did then', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:15:00', 100, 500], ['09:17:10', 100, 20], ['09:16:50', 101, 600], ['09:17:20', 100, 50]);
    expect(sealed('09:17')).toEqual([
      ['09:15', 100, 100, 100, 100, 500],
      ['09:16', 101, 101, 101, 101, 100],
      ['09:17', 100, 100, 100, 100, 30],
    ]);
  });

  test('a late packet from before a counter fell for a moment is an ordinary late packet', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:15:00', 100, 500], ['09:15:10', 100, 0], ['09:15:20', 100, 700], ['09:15:05', 100, 560]);
    feed(share, ['09:16:00', 100, 710]);
    expect((sealed('09:16') as readonly number[][]).map((bar) => bar[5])).toEqual([700, 10]);
  });

  test('packets that lag by minutes change neither the volume of newer minutes nor the total', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:15:10', 100, 100], ['09:19:00', 105, 900]);
    sealed('09:19');
    feed(share, ['09:18:30', 104, 700], ['09:16:20', 102, 300], ['09:16:10', 101, 200]);
    expect(sealed('09:20')).toEqual([
      ['09:18', 104, 104, 104, 104, 400],
      ['09:19', 105, 105, 105, 105, 200],
      ['09:16', 101, 102, 101, 102, 200],
    ]);
  });

  test('a lower counter in an older packet is an older packet', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:16:02', 101, 300], ['09:15:50', 99, 200], ['09:16:10', 102, 350]);
    expect(sealed('09:16')).toEqual([
      ['09:15', 99, 99, 99, 99, 200],
      ['09:16', 101, 102, 101, 102, 150],
    ]);
  });
});

describe('late packets', () => {
  test('a late packet makes a revision of its minute and of the volume of the next, at the next seal', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:15:10', 100, 100], ['09:16:01', 101, 300]);
    expect(sealed('09:16')).toEqual([
      ['09:15', 100, 100, 100, 100, 100],
      ['09:16', 101, 101, 101, 101, 200],
    ]);
    feed(share, ['09:15:59', 105, 250]);
    expect(sealed('09:17')).toEqual([
      ['09:15', 100, 105, 100, 105, 250],
      ['09:16', 101, 101, 101, 101, 50],
    ]);
    expect(sealed('09:18')).toEqual([]);
  });

  test('a bar whose volume turns out to be of the minute before is corrected to none', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:16:02', 101, 100]);
    sealed('09:16');
    feed(share, ['09:15:59', 100, 100]);
    expect(sealed('09:17')).toEqual([
      ['09:15', 100, 100, 100, 100, 100],
      ['09:16', 101, 101, 101, 101, 0],
    ]);
  });

  test('a minute whose only packet is late becomes a bar', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, FRESH);
    expect(sealed('09:20')).toEqual([]);
    feed(share, ['09:19:30', 100, 8]);
    expect(sealed('09:21')).toEqual([['09:19', 100, 100, 100, 100, 8]]);
  });

  test('a repeated packet changes nothing', () => {
    const { feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:15:10', 100, 100]);
    sealed('09:15');
    feed(share, ['09:15:10', 100, 100], ['09:15:10', 100, 100]);
    expect(sealed('09:16')).toEqual([]);
  });
});

describe('connections', () => {
  test('started within a session, the first packet is a baseline and its minute partial', () => {
    const { feed, sealed, unseen } = builderFor([share], '11:00:20');
    feed(share, ['11:00:19', 100, 5_000], ['11:00:40', 101, 5_060], ['11:01:05', 102, 5_100]);
    expect(sealed('11:01')).toEqual([
      ['11:00', 100, 101, 100, 101, 60, 'partial'],
      ['11:01', 102, 102, 102, 102, 40],
    ]);
    expect(unseen[0]).toEqual([0, '09:15', '11:00']);
  });

  test('a last trade older than the connection leaves the minute of the connection whole', () => {
    const { feed, sealed } = builderFor([share], '11:00:20');
    feed(share, ['10:40:00', 100, 5_000], ['11:00:40', 101, 5_060]);
    expect(sealed('11:00')).toEqual([['11:00', 101, 101, 101, 101, 60]]);
  });

  test('a share first shown by a trade after the open has that minute flagged, its volume whole', () => {
    const { feed, sealed } = builderFor([share], '09:10:00');
    feed(share, ['09:15:03', 100, 40], ['09:16:00', 100, 60]);
    expect(sealed('09:16')).toEqual([
      ['09:15', 100, 100, 100, 100, 40, 'partial'],
      ['09:16', 100, 100, 100, 100, 20],
    ]);
  });

  test('a lost connection makes the minutes of the gap partial and leaves its volume out', () => {
    const { builder, feed, sealed, unseen } = builderFor([share]);
    feed(share, FRESH, ['10:00:10', 100, 100]);
    builder.lost(atIst(DATE, '10:00:30'));
    builder.connected(atIst(DATE, '10:02:30'));
    feed(share, ['10:02:20', 104, 900], ['10:02:50', 105, 950], ['10:03:10', 106, 980]);
    expect(sealed('10:03')).toEqual([
      ['10:00', 100, 100, 100, 100, 100, 'partial'],
      ['10:02', 104, 105, 104, 105, 50, 'partial'],
      ['10:03', 106, 106, 106, 106, 30],
    ]);
    expect(unseen).toEqual([
      [0, '10:00', '10:02'],
      [0, '10:02', '10:02'],
    ]);
  });

  test('a gap within one minute keeps the volume, which can belong nowhere else', () => {
    const { builder, feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['10:00:10', 100, 100]);
    builder.lost(atIst(DATE, '10:00:20'));
    builder.connected(atIst(DATE, '10:00:40'));
    feed(share, ['10:00:45', 101, 160]);
    expect(sealed('10:00')).toEqual([['10:00', 100, 101, 100, 101, 160, 'partial']]);
  });

  test('a short gap within one minute is no longer than between two quotes, and leaves its bar whole', () => {
    const { builder, feed, sealed, unseen } = builderFor([share]);
    feed(share, FRESH, ['09:59:50', 99, 100]);
    builder.lost(atIst(DATE, '10:00:20'));
    builder.connected(atIst(DATE, '10:00:25'));
    feed(share, ['10:00:24', 101, 160]);
    expect(sealed('10:00')).toEqual([
      ['09:59', 99, 99, 99, 99, 100],
      ['10:00', 101, 101, 101, 101, 60],
    ]);
    expect(unseen).toEqual([]);
  });

  test('a short gap over the end of a minute does not tell whose its volume is', () => {
    const { builder, feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['09:59:50', 99, 100]);
    builder.lost(atIst(DATE, '09:59:58'));
    builder.connected(atIst(DATE, '10:00:02'));
    feed(share, ['10:00:01', 101, 160], ['10:00:30', 101, 170]);
    expect(sealed('10:00')).toEqual([
      ['09:59', 99, 99, 99, 99, 100, 'partial'],
      ['10:00', 101, 101, 101, 101, 10, 'partial'],
    ]);
  });

  test('a gap in which nothing was traded costs nothing, even after its minutes were sealed', () => {
    const { builder, feed, sealed, unseen } = builderFor([share]);
    feed(share, FRESH, ['10:00:10', 100, 100]);
    builder.lost(atIst(DATE, '10:00:20'));
    expect(sealed('10:00')).toEqual([['10:00', 100, 100, 100, 100, 100, 'partial']]);
    builder.connected(atIst(DATE, '10:01:40'));
    feed(share, ['10:00:10', 100, 100], ['10:02:00', 101, 130]);
    expect(sealed('10:02')).toEqual([
      ['10:00', 100, 100, 100, 100, 100],
      ['10:02', 101, 101, 101, 101, 30],
    ]);
    expect(unseen).toEqual([]);
    expect([indexAt('10:00'), indexAt('10:01')].map((index) => builder.isWatched(0, index))).toEqual([true, true]);
  });

  test('an index has no volume to tell by: a newer quote after a gap leaves its minutes partial', () => {
    const index = instrumentOf(3, 'NIFTY', { class: 'index' });
    const { builder, feed, sealed } = builderFor([index]);
    feed(index, FRESH, ['10:00:10', 26_000, 0]);
    builder.lost(atIst(DATE, '10:00:20'));
    builder.connected(atIst(DATE, '10:00:40'));
    feed(index, ['10:00:41', 26_010, 0]);
    expect(sealed('10:00')).toEqual([['10:00', 26_000, 26_010, 26_000, 26_010, 0, 'partial']]);
  });

  test('a share that stays silent after a reconnection is reported as unseen until it is heard of', () => {
    const { builder, feed, unseen } = builderFor([share]);
    feed(share, FRESH);
    builder.lost(atIst(DATE, '10:00:20'));
    builder.connected(atIst(DATE, '10:01:40'));
    builder.reportUnresolved();
    expect(unseen).toEqual([[0, '10:00', '10:01']]);
    expect(builder.isWatched(0, indexAt('09:59'))).toBe(true);
    expect(builder.isWatched(0, indexAt('10:05'))).toBe(false);
  });

  test('a baseline older than what is known is none, nor is a counter that has just fallen', () => {
    const { builder, feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['10:00:10', 100, 100], ['10:01:05', 101, 300]);
    builder.lost(atIst(DATE, '10:01:20'));
    builder.connected(atIst(DATE, '10:01:30'));
    feed(share, ['10:00:50', 100, 250], ['10:01:35', 101, 0], ['10:01:40', 102, 380]);
    expect(sealed('10:01')).toEqual([
      ['10:00', 100, 100, 100, 100, 250],
      ['10:01', 101, 102, 101, 102, 130, 'partial'],
    ]);
  });

  test('groups are lost and found by themselves', () => {
    const [one, two] = [instrumentOf(1, 'ONE'), instrumentOf(2, 'TWO')];
    const builder = new BarBuilder({
      grid,
      instruments: [one, two],
      groupOf: Uint8Array.of(0, 1),
      dayStartMs: atIst(DATE, '00:00'),
    });
    for (const group of [0, 1]) builder.connected(atIst(DATE, '09:00'), group);
    for (const instrument of [one, two]) builder.quote(packetOf(instrument, DATE, FRESH));
    builder.lost(atIst(DATE, '10:00:20'), 1);
    const at = indexAt('10:00');
    expect([0, 1].map((slot) => builder.isWatched(slot, at))).toEqual([true, false]);
    expect([0, 1].map((slot) => builder.seenUntil(slot))).toEqual([Number.POSITIVE_INFINITY, atIst(DATE, '10:00:20')]);
    builder.quote(packetOf(two, DATE, FRESH));
    expect(builder.isWatched(1, at)).toBe(true);
    expect([0, 1].map((group) => builder.packetsOf(group))).toEqual([1, 2]);
  });

  test('silence that was not noticed leaves minutes unseen where it spans more than one', () => {
    const { builder, feed, unseen } = builderFor([share]);
    feed(share, FRESH, ['10:00:50', 100, 100]);
    builder.polled(0, atIst(DATE, '10:01:04'), 101, 160);
    builder.overlooked(atIst(DATE, '10:01:00'), atIst(DATE, '10:01:06'));
    expect(unseen).toEqual([]);
    builder.overlooked(atIst(DATE, '10:00:58'), atIst(DATE, '10:01:06'));
    expect(unseen).toEqual([[0, '10:00', '10:01']]);
    expect(builder.isWatched(0, indexAt('10:00'))).toBe(false);
  });

  test('a whole bar of a minute in which a gap is noticed later is withdrawn with the next seal', () => {
    const { builder, feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['10:00:50', 100, 100]);
    expect(sealed('10:00')).toEqual([['10:00', 100, 100, 100, 100, 100]]);
    builder.lost(atIst(DATE, '10:00:58'));
    builder.connected(atIst(DATE, '10:01:32'));
    feed(share, ['10:01:35', 101, 160], ['10:01:40', 102, 170]);
    const after = [
      ['10:00', 100, 100, 100, 100, 100, 'partial'],
      ['10:01', 101, 102, 101, 102, 10, 'partial'],
    ];
    expect(sealed('10:01')).toEqual(after);
    expect(sealed('10:02')).toEqual([]);
  });

  test('so it is where nothing ever comes back, or one share alone is missed', () => {
    for (const lose of [
      (builder: BarBuilder) => builder.lost(atIst(DATE, '10:00:58')),
      (builder: BarBuilder) => builder.missed(0, atIst(DATE, '10:00:58')),
    ]) {
      const { builder, feed, sealed } = builderFor([share]);
      feed(share, FRESH, ['09:59:50', 99, 40], ['10:00:50', 100, 100]);
      sealed('10:00');
      lose(builder);
      expect(sealed('10:00')).toEqual([['10:00', 100, 100, 100, 100, 60, 'partial']]);
      expect(sealed('15:29')).toEqual([]);
    }
  });

  test('late trades of a withdrawn bar leave as whole first: only its equal withdraws a bar', () => {
    const { builder, feed, sealed } = builderFor([share]);
    feed(share, FRESH, ['10:00:50', 100, 100]);
    sealed('10:00');
    builder.lost(atIst(DATE, '10:00:50'));
    builder.connected(atIst(DATE, '10:01:32'));
    feed(share, ['10:00:59', 101, 130]);
    expect(sealed('10:01')).toEqual([
      ['10:00', 100, 101, 100, 101, 130],
      ['10:00', 100, 101, 100, 101, 130, 'partial'],
    ]);
  });

  test('a gap noticed later that has cost nothing withdraws no bar, or brings it back', () => {
    for (const isSealedBetween of [false, true]) {
      const { builder, feed, sealed } = builderFor([share]);
      const bar = ['10:00', 100, 100, 100, 100, 100];
      feed(share, FRESH, ['10:00:50', 100, 100]);
      sealed('10:00');
      builder.lost(atIst(DATE, '10:00:58'));
      if (isSealedBetween) expect(sealed('10:01')).toEqual([[...bar, 'partial']]);
      builder.connected(atIst(DATE, '10:02:10'));
      feed(share, ['10:00:50', 100, 100]);
      expect(sealed('10:02')).toEqual([bar]);
    }
  });

  test('what the feed watched and what moved are kept for the sweep', () => {
    const { builder, feed } = builderFor([share]);
    feed(share, FRESH, ['10:00:10', 100, 100], ['10:02:10', 101, 100]);
    builder.seal(grid.minutes - 1, 0);
    const at = ['10:00', '10:01', '10:02'].map(indexAt);
    expect(at.map((index) => builder.isWatched(0, index))).toEqual([true, true, true]);
    expect(at.map((index) => builder.hasMoved(0, index))).toEqual([true, false, false]);
  });
});

describe('polled quotes', () => {
  const poll = (builder: BarBuilder, [time, price, counter]: Print): void =>
    builder.polled(0, atIst(DATE, time), price, counter);
  const sourcesOf = (bars: readonly Bar[]) => bars.map((bar) => [hhmm(bar.ts), bar.volume, bar.source, bar.partial]);

  test('make bars of their own source, the feed making its own beside them', () => {
    const { builder, feed } = builderFor([share]);
    feed(share, FRESH, ['09:15:10', 100, 10], ['09:16:10', 101, 20]);
    poll(builder, ['09:16:40', 102, 30]);
    poll(builder, ['09:17:20', 103, 45]);
    feed(share, ['09:18:05', 104, 50]);
    expect(sourcesOf(builder.seal(indexAt('09:18'), 0))).toEqual([
      ['09:15', 10, 'feed', false],
      ['09:16', 20, 'quote', false],
      ['09:17', 15, 'quote', false],
      ['09:18', 5, 'feed', false],
    ]);
  });

  test('that show what the feed has shown change nothing', () => {
    const { builder, feed } = builderFor([share]);
    feed(share, FRESH, ['09:15:10', 100, 10]);
    expect(builder.isNews(0, atIst(DATE, '09:15:10'), 10)).toBe(false);
    poll(builder, ['09:15:10', 100, 10]);
    expect(sourcesOf(builder.seal(indexAt('09:15'), 0))).toEqual([['09:15', 10, 'feed', false]]);
    expect(builder.packets).toBe(2);
  });

  test('of a share that never traded are its baseline', () => {
    const { builder } = builderFor([share]);
    builder.polled(0, 0, 0, 0);
    poll(builder, ['09:15:10', 100, 10]);
    expect(sourcesOf(builder.seal(indexAt('09:15'), 0))).toEqual([['09:15', 10, 'quote', false]]);
  });
});

describe('any tape', () => {
  const trade = fc.record({
    gapSeconds: fc.integer({ min: 0, max: 150 }),
    paise: fc.integer({ min: 5_000, max: 5_400 }),
    shares: fc.integer({ min: 0, max: 1_000 }),
  });
  const tape = fc.array(trade, { minLength: 1, maxLength: 120 }).map((trades) => {
    let at = atIst(DATE, '09:15:00');
    let counter = 0;
    return trades.map(({ gapSeconds, paise, shares }) => {
      at += gapSeconds * 1_000;
      counter += shares;
      return { at, price: paise / 100, counter };
    });
  });
  /** Delivery order: every packet may be delayed past some of its followers, and may come twice. */
  const delivery = fc.array(fc.record({ delay: fc.integer({ min: 0, max: 6 }), isTwice: fc.boolean() }), {
    minLength: 120,
    maxLength: 120,
  });

  test('volumes add up to the last counter, are never negative, and prices stay in order', () => {
    fc.assert(
      fc.property(
        tape,
        delivery,
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 8 }),
        (trades, fate, seals) => {
          const { builder, feed } = builderFor([share]);
          feed(share, FRESH);
          const order = trades
            .flatMap((print, position) => {
              const { delay, isTwice } = fate[position] as { delay: number; isTwice: boolean };
              const once = { print, key: position + delay };
              return isTwice ? [once, { print, key: position + delay + 2 }] : [once];
            })
            .toSorted((a, b) => a.key - b.key);
          const latest = new Map<number, Bar>();
          const take = (bars: readonly Bar[]): void => {
            for (const bar of bars) latest.set(bar.ts, bar);
          };
          const sealAt = new Set(seals.map((seal) => seal % order.length));
          for (const [position, { print }] of order.entries()) {
            builder.quote(packetAt(share, print.at, print.price, print.counter));
            if (sealAt.has(position)) take(builder.seal(Math.max(0, grid.indexOf(print.at) - 1), 0));
          }
          take(builder.seal(grid.minutes - 1, 0));
          take(builder.seal(grid.minutes - 1, 0));
          const inSession = trades.filter(({ at }) => grid.isTrading('share', at));
          const bars = [...latest.values()];
          const total = bars.reduce((sum, bar) => sum + bar.volume, 0);
          expect(total).toBe(inSession.at(-1)?.counter ?? 0);
          for (const bar of bars) {
            expect(bar.volume).toBeGreaterThanOrEqual(0);
            expect(bar.high).toBeGreaterThanOrEqual(Math.max(bar.open, bar.close));
            expect(bar.low).toBeLessThanOrEqual(Math.min(bar.open, bar.close));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('with nothing lost, order does not matter to any value of a bar', () => {
    const distinct = tape.map((trades) => trades.filter((print, position) => print.at !== trades[position - 1]?.at));
    fc.assert(
      fc.property(distinct, delivery, (trades, fate) => {
        const build = (prints: readonly { at: number; price: number; counter: number }[]): readonly Bar[] => {
          const { builder, feed } = builderFor([share]);
          feed(share, FRESH);
          for (const print of prints) builder.quote(packetAt(share, print.at, print.price, print.counter));
          return builder.seal(grid.minutes - 1, 0);
        };
        const shuffled = trades
          .map((print, position) => ({ print, key: position + (fate[position]?.delay ?? 0) }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ print }) => print);
        expect(build(shuffled)).toEqual(build(trades));
      }),
      { numRuns: 200 },
    );
  });
});
