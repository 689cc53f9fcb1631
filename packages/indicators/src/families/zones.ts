/** Supply and demand zones: where price has left quiet bars fast and with volume. */
import { close, high, kernel, low, open } from '../graph/node.ts';
import { atr } from '../graph/ranges.ts';
import { relativeVolume } from '../graph/volumes.ts';
import { advanceZones, ZONES_SIZE } from '../levels/supply-demand.ts';
import { type ColumnSpec, defineFamily } from '../registry/define.ts';

const sometimes = { lag: 0, isSparse: true };

const around = kernel({
  name: 'zones',
  inputs: { open, high, low, close, atr: atr(14), rvol: relativeVolume(20) },
  outputs: {
    supplyLow: sometimes,
    supplyHigh: sometimes,
    supplyScore: sometimes,
    supplyTests: sometimes,
    demandLow: sometimes,
    demandHigh: sometimes,
    demandScore: sometimes,
    demandTests: sometimes,
    side: 0,
    imbalance: 0,
  },
  region: {
    size: ZONES_SIZE,
    run: (memory, at, n, out, o, h, l, c, a, v) => advanceZones(memory, at, n, out, o!, h!, l!, c!, a!, v!),
  },
});

/** How a zone comes to be and what becomes of it, by bar n in this order. */
const ZONE_RULES = [
  'A zone has a lower and an upper edge, s, tests and an armed mark; its score is 100 s/(s + 8). At most 8 live a side.',
  'The near edge is the one towards price (the upper of demand, the lower of supply). On every bar n, atr = atr_14[n]:',
  '(1) every s has decayed by 2^(-1/1875) since bar n - 1;',
  '(2) each zone: a close beyond the far edge (below demand, above supply) kills it; else, if it is armed and the bar',
  'reaches its near edge (demand: low <= upper edge; supply: high >= lower edge), it is tested: tests += 1, s halves,',
  'armed off; then a score < 2 kills it; then, if the close is at least 0.5 atr away from the near edge, outside, it is',
  'armed (from the next bar on);',
  '(3) departure: a bar is quiet if it has an atr_14 and high - low <= 0.6 atr_14 of that bar. For e = n - 1, n - 2,',
  'n - 3 in this order with bar e quiet: the base is bar e and the quiet bars in a row before it, at most 5 bars in all;',
  'm = mean rvol_20 of the bars e + 1..n (all must have one), required >= 1.5; up: d = close[n] - highest high of the',
  'base, down: d = lowest low of the base - close[n], required > 0 and >= 2 atr; and e must be later than the e of the',
  'last departure to the same side (merged ones included). The first e that fulfils all this makes one zone, up demand,',
  'down supply, with s = min(d/atr, 6) min(m, 4), tests 0. Demand: from the lowest low to the highest max(open, close) of',
  'the base; supply: from the lowest min(open, close) to the highest high;',
  '(4) while a live zone of its side overlaps it (common height >= 0 and >= 0.499999 of the smaller height; several: the one',
  'born first), the new one takes it in: edges of the union, s added, tests 0; the zone keeps the birth of the oldest;',
  'were 8 others left, the one with the least s (equal: born first) goes; the zone is armed if the close is at least',
  '0.5 atr outside its near edge.',
].join(' ');

const SIDES = {
  supply: {
    low: around.supplyLow,
    high: around.supplyHigh,
    score: around.supplyScore,
    tests: around.supplyTests,
    choice:
      'the live supply zone with the lowest lower edge >= close, else (price is in it) the one with the highest lower ' +
      'edge < close; equal: born first; null if there is none',
  },
  demand: {
    low: around.demandLow,
    high: around.demandHigh,
    score: around.demandScore,
    tests: around.demandTests,
    choice:
      'the live demand zone with the highest upper edge <= close, else (price is in it) the one with the lowest upper ' +
      'edge > close; equal: born first; null if there is none',
  },
} as const;

function zoneColumns(side: 'supply' | 'demand'): Record<string, ColumnSpec> {
  const { low: lower, high: upper, score, tests, choice } = SIDES[side];
  return {
    [`${side}_low`]: {
      node: lower,
      unit: 'price',
      meaning: `Lower edge of the nearest ${side} zone`,
      formula: `of ${choice}, after the steps of bar n${side === 'supply' ? `. ${ZONE_RULES}` : ' (see supply_low)'}`,
      origin: 'own',
    },
    [`${side}_high`]: {
      node: upper,
      unit: 'price',
      meaning: `Upper edge of the nearest ${side} zone`,
      formula: `upper edge of the zone of ${side}_low`,
      origin: 'own',
    },
    [`${side}_score`]: {
      node: score,
      unit: 'score',
      meaning: `Score of the nearest ${side} zone`,
      formula: `100 s/(s + 8) of the zone of ${side}_low, s as of bar n`,
      origin: 'own',
    },
    [`${side}_tests`]: {
      node: tests,
      unit: 'score',
      meaning: `How often price has come back to the nearest ${side} zone`,
      formula: `tests of the zone of ${side}_low since its birth or last merger`,
      origin: 'own',
      decimals: 0,
      valueType: 'i16',
    },
  };
}

export const zones = defineFamily('zones', {
  ...zoneColumns('supply'),
  ...zoneColumns('demand'),
  zone_side: {
    node: around.side,
    unit: 'flag',
    meaning: 'Which kind of zone the close is in: 1 demand, -1 supply, 0 neither or both',
    formula:
      '(1 if lower edge <= close <= upper edge of a live demand zone, else 0) - (the same of supply), after the steps of ' +
      'bar n (see supply_low); first value at bar 19, where atr_14 and rvol_20 exist',
    origin: 'own',
    storage: 'minute',
  },
  zone_imbalance: {
    node: around.imbalance,
    unit: 'ratio',
    meaning: 'Balance of the zones around the price: 1 only demand, -1 only supply',
    formula:
      '(D - S)/(D + S), D and S the sums of the scores of the live demand and supply zones whose near edge is at most ' +
      '3 atr_14 from the close or which the close is in; D + S = 0: 0; first value at bar 19',
    origin: 'own',
  },
});
