import { describe, expect, test } from '@jest/globals';
import type { AbsenceReason } from '@rtp/core';
import { absenceReason, type ChartEvidence } from '../../packages/pipeline/src/charts/absence-reason.ts';
import { findHalts, type MinuteFate, quietRuns } from '../../packages/pipeline/src/charts/halts.ts';
import { isUnlisted, type ListingEvidence } from '../../packages/pipeline/src/charts/listing.ts';
import {
  type LiveEvidence,
  noEvidence,
  type VolumeEvidence,
  VolumeJudge,
} from '../../packages/pipeline/src/charts/live-evidence.ts';

describe('why a minute has no bar', () => {
  const VOLUMES = ['moved', 'still', 'unseen', 'doubtful', 'unobserved'] as const satisfies readonly VolumeEvidence[];
  const CHARTS = ['flat', 'short', 'behind', 'empty', 'impossible', 'limited', 'failed'] as const;
  const ask = (chart: ChartEvidence, lacked: 'once' | 'twice' | 'lasting', day: 'still' | 'moved' | 'open' = 'open') =>
    VOLUMES.map((volume) => absenceReason({ chart, lacked, volume, day }));

  /** A row of the table: the reason by what is known of volume, on the first answer. */
  test.each<[ChartEvidence, readonly AbsenceReason[]]>([
    ['flat', ['broker_lag', 'no_trades', 'no_trades', 'no_trades', 'no_trades']],
    ['short', ['broker_lag', 'no_trades', 'unknown', 'unknown', 'unknown']],
    ['behind', ['broker_lag', 'no_trades', 'broker_lag', 'broker_lag', 'broker_lag']],
    ['empty', ['broker_lag', 'unknown', 'unknown', 'unknown', 'unknown']],
    ['impossible', ['broker_lag', 'unknown', 'unknown', 'unknown', 'unknown']],
    ['limited', ['rate_limited', 'rate_limited', 'rate_limited', 'rate_limited', 'rate_limited']],
    ['failed', ['unknown', 'unknown', 'feed_silent', 'feed_silent', 'feed_silent']],
  ])('a chart that is %s', (chart, reasons) => {
    expect(ask(chart, 'once')).toEqual(reasons);
    if (chart === 'short' || chart === 'behind') return;
    expect([ask(chart, 'twice'), ask(chart, 'lasting')]).toEqual([reasons, reasons]);
  });

  test.each(['short', 'behind'] as const)('a chart that is %s again and again', (chart) => {
    const [moved, still, unseen, doubtful] = ask(chart, 'once');
    expect(ask(chart, 'twice')).toEqual([moved, still, unseen, doubtful, 'no_trades']);
    expect(ask(chart, 'lasting')).toEqual([moved, still, unseen, 'no_trades', 'no_trades']);
  });

  test('an empty chart is explained by a day that was watched and still, and known to be late on one that moved', () => {
    expect(ask('empty', 'once', 'still').slice(1)).toEqual(Array(4).fill('no_trades'));
    expect(ask('empty', 'lasting', 'moved')).toEqual(Array(5).fill('broker_lag'));
  });

  test('volume that moved is never a minute without trades', () => {
    for (const chart of CHARTS) {
      for (const lacked of ['once', 'twice', 'lasting'] as const) {
        for (const day of ['still', 'moved', 'open'] as const) {
          expect(ask(chart, lacked, day)[0]).not.toBe('no_trades');
        }
      }
    }
  });
});

describe('whether volume moved in a minute', () => {
  /** Minutes as they were: charted volume (null: the chart lacks it), whether it was watched, and the counter it ended with. */
  type Minute = readonly [charted: number | null, isWatched: boolean, counter: number | null];
  const judge = (minutes: readonly Minute[], given: Partial<LiveEvidence> = {}): VolumeEvidence[] => {
    const charted = Float64Array.from(minutes, ([volume]) => volume ?? 0);
    const volume = new VolumeJudge(
      {
        ...noEvidence,
        isWatched: (index) => minutes[index]?.[1] === true,
        counterAt: (index) => minutes[index]?.[2] ?? null,
        ...given,
      },
      charted,
    );
    return minutes.map((_, index) => volume.of(index));
  };

  test('is seen in a watched minute', () => {
    expect(
      judge(
        [
          [5, true, 5],
          [null, true, null],
        ],
        { hasMoved: (index) => index === 0 },
      ),
    ).toEqual(['moved', 'still']);
  });

  test('is told by the counters around an unwatched gap: the charted volume is all of it', () => {
    const day: Minute[] = [
      [5, true, 105],
      [20, false, null],
      [null, false, null],
      [null, false, null],
      [30, true, 155],
    ];
    expect(judge(day).slice(2, 4)).toEqual(['still', 'still']);
  });

  test('is told by the counters around an unwatched gap: the charted volume is less than all', () => {
    const day: Minute[] = [
      [5, true, 105],
      [20, false, null],
      [null, false, null],
      [30, true, 156],
    ];
    expect(judge(day)[2]).toBe('moved');
  });

  test('is not told where the chart has more than the counters', () => {
    const day: Minute[] = [
      [5, true, 105],
      [null, false, null],
      [30, true, 134],
    ];
    expect(judge(day)[1]).toBe('unseen');
  });

  test('is told by a minute further away where the nearest counter is a trade off', () => {
    const day: Minute[] = [
      [5, true, 104],
      [null, false, null],
      [30, true, 135],
      [10, true, 145],
      [5, true, 150],
    ];
    // 104 is a share short of the minute's end: it says moved, the minute before it does not.
    expect(judge(day)[1]).toBe('moved');
    expect(judge([[95, true, 100], ...day])[2]).toBe('still');
  });

  test('is not told across a counter that fell', () => {
    const day: Minute[] = [
      [5, true, 105],
      [null, false, null],
      [30, true, 135],
    ];
    const isCounterBroken = (from: number, to: number): boolean => from < 2 && to >= 2;
    expect(judge(day, { isCounterBroken })[1]).toBe('unseen');
    expect(judge(day, { isCounterBroken: (from, to) => from < 1 && to >= 1 })[1]).toBe('unseen');
  });

  test('is not proved still by a watched minute in which the counter fell', () => {
    const day: Minute[] = [
      [5, true, 105],
      [null, true, null],
      [30, true, 30],
    ];
    expect(judge(day, { isCounterBroken: (from, to) => from < 1 && to >= 1 })[1]).toBe('unseen');
  });

  test('is told from the open on, where the first counter is the charted volume up to it', () => {
    const day: Minute[] = [
      [5, false, null],
      [null, false, null],
      [30, true, 35],
      [null, true, null],
    ];
    expect(judge(day).slice(1)).toEqual(['still', 'still', 'still']);
  });

  test('is told from the counter before the open on', () => {
    const day: Minute[] = [
      [5, false, null],
      [null, false, null],
      [30, true, 1_035],
    ];
    const counterAt = (index: number): number | null => (index < 0 ? 1_000 : (day[index]?.[2] ?? null));
    expect(judge(day, { counterAt })[1]).toBe('still');
  });

  test('is told by the counter after the close, where nothing came back before it', () => {
    const day: Minute[] = [
      [5, true, 105],
      [20, false, null],
      [null, false, null],
    ];
    const closing = (counter: number) => (index: number) =>
      index === day.length ? counter : (day[index]?.[2] ?? null);
    expect(judge(day, { counterAt: closing(125) })[2]).toBe('still');
    // What it holds more may be of the closing auction: no proof of a trade.
    expect(judge(day, { counterAt: closing(126) })[2]).toBe('unseen');
  });

  test('is doubtful before the first watched minute when auction volume may be in the counter', () => {
    const day: Minute[] = [
      [5, false, null],
      [null, false, null],
      [30, true, 1_035],
      [null, false, null],
    ];
    expect(judge(day)).toEqual(['doubtful', 'doubtful', 'still', 'unseen']);
  });

  test('is unobserved on a day that nobody watched', () => {
    expect(
      judge([
        [5, false, null],
        [null, false, null],
      ]),
    ).toEqual(['unobserved', 'unobserved']);
  });
});

describe('halts', () => {
  const RULE = { minutes: 10, tradedShare: 0.9 };
  const fates = (text: string): MinuteFate[] =>
    [...text].map((letter) => (letter === 't' ? 'traded' : letter === 'q' ? 'quiet' : 'open'));
  const trading = (minutes: number): string => 't'.repeat(minutes);
  const quiet = (minutes: number): string => 'q'.repeat(minutes);

  test.each<[string, string, readonly [number, number][]]>([
    ['a long silence of an active share', trading(30) + quiet(10) + trading(30), [[30, 39]]],
    ['a silence to the end of the day', trading(60) + quiet(15), [[60, 74]]],
    ['a silence from the open on', quiet(15) + trading(60), [[0, 14]]],
    [
      'two silences',
      trading(150) + quiet(12) + trading(150) + quiet(10),
      [
        [150, 161],
        [312, 321],
      ],
    ],
    ['a silence a minute too short', trading(30) + quiet(9) + trading(30), []],
    ['a silence with one minute that is not settled', `${trading(30) + quiet(8)}o${quiet(8)}${trading(30)}`, []],
    ['a share that trades in four minutes of five', 'ttttq'.repeat(20) + quiet(12), []],
    ['a share that trades in fourteen minutes of fifteen', 'ttttttttttttttq'.repeat(10) + quiet(12), [[149, 161]]],
    ['a day of silence', quiet(375), []],
    ['too little of a day to judge by', trading(15) + quiet(12), []],
  ])('%s', (_case, day, runs) => {
    expect(findHalts(fates(day), RULE).map(({ from, to }) => [from, to])).toEqual(runs);
  });

  test('runs are whole', () => {
    expect(quietRuns(fates('qqtqoqqq'))).toEqual([
      { from: 0, to: 1 },
      { from: 3, to: 3 },
      { from: 5, to: 7 },
    ]);
  });
});

describe('an instrument that was not listed', () => {
  const DATE = '2026-11-20';
  test.each<[string, Partial<ListingEvidence>, boolean]>([
    ['is charted from a later date on', { charted: ['2026-11-23', '2026-11-24'] }, true],
    ['is in no master and was never charted', { isInMaster: false }, true],
    ['is in no master and was charted only before', { isInMaster: false, charted: ['2026-11-18', '2026-11-19'] }, true],
  ])('%s', (_case, given, isNot) => {
    expect(isUnlisted({ date: DATE, charted: [], isInMaster: true, ...given })).toBe(isNot);
  });

  test.each<[string, Partial<ListingEvidence>]>([
    ['is in the master and has no chart yet', {}],
    ['was charted before', { charted: ['2026-11-19'] }],
    ['was charted on the date', { charted: [DATE] }],
    ['was charted on the date and left the master since', { isInMaster: false, charted: ['2026-11-19', DATE] }],
    ['was charted before and after', { isInMaster: false, charted: ['2026-11-19', '2026-11-23'] }],
  ])('is not one that %s', (_case, given) => {
    expect(isUnlisted({ date: DATE, charted: [], isInMaster: true, ...given })).toBe(false);
  });
});
