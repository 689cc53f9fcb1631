/** The session so far. Everything starts anew on a session's first bar, and has a value on it. */
import { calc, close, kernel, type Node, volume } from '../graph/node.ts';
import { previousSession, sessionSoFar, sessionStart, sessionSum } from '../graph/session.ts';
import { type ColumnSpec, defineFamily } from '../registry/define.ts';
import { sessionProfile } from './session-profile.ts';
import { typical } from './transforms.ts';

/**
 * Volume-weighted mean and deviation. The mean moves by differences and the squares are of differences from it (West
 * 1979, doi:10.1145/359146.359153): nothing is lost at a high price, and prices that do not move have deviation 0.
 */
const weighted = kernel({
  name: 'vwap',
  inputs: { start: sessionStart, x: typical, v: volume },
  state: { weight: 0, mean: 0, squares: 0 },
  outputs: { vwap: 0, sd: 0 },
  code: `
    if ($start === 1) { $weight = 0; $squares = 0; }
    if ($v > 0) {
      const before = $weight;
      $weight += $v;
      if (before === 0) $mean = $x;
      else {
        const d = $x - $mean, part = $v / $weight;
        $mean += d * part;
        $squares += d * d * part * before;
      }
    }
    if ($weight > 0) {
      const variance = $squares / $weight;
      $vwap = $mean;
      $sd = variance > 1e-24 * $mean * $mean ? Math.sqrt(variance) : 0;
    } else { $vwap = $x; $sd = 0; }`,
});
const { vwap, sd } = weighted;

const changeFromPrevious = (x: Node): Node =>
  calc('$before > 0 ? 100 * ($x - $before) / $before : 0', { x, before: previousSession.close });

function band(side: '+' | '-', k: number): ColumnSpec {
  const sideName = side === '+' ? 'Upper' : 'Lower';
  return {
    node: calc(`$vwap ${side} ${k} * $sd`, { vwap, sd }),
    parameters: { k },
    unit: 'price',
    meaning: `${sideName} VWAP band, ${k} standard deviation${k === 1 ? '' : 's'} away`,
    formula: `vwap ${side} ${k} vwap_sd`,
    origin: 'own',
  };
}

export const session = defineFamily('session', {
  vwap: {
    node: vwap,
    unit: 'price',
    meaning: 'Volume-weighted average price of the session so far',
    formula:
      'sum(tp volume)/sum(volume) from the first bar of the session to this one; before any volume: tp of the bar',
    origin: 'own',
    tradingSignals: '= VWAP',
    storage: 'minute',
  },
  vwap_sd: {
    node: sd,
    unit: 'price_diff',
    meaning: 'Volume-weighted standard deviation of the typical price around the VWAP',
    formula:
      'sqrt(sum(volume (tp - vwap)^2)/sum(volume)) from the first bar of the session to this one, all bars against the ' +
      'vwap of this bar; before any volume, and where it is no more than 1e-12 vwap: 0',
    origin: 'own',
    storage: 'minute',
  },
  vwap_u1: band('+', 1),
  vwap_l1: band('-', 1),
  vwap_u2: band('+', 2),
  vwap_l2: band('-', 2),
  vwap_u3: band('+', 3),
  vwap_l3: band('-', 3),
  vwap_z: {
    node: calc('$sd > 0 ? ($c - $vwap) / $sd : 0', { c: close, vwap, sd }),
    unit: 'ratio',
    meaning: 'Distance of the close from the VWAP in standard deviations',
    formula: '(close - vwap)/vwap_sd; vwap_sd 0: 0',
    origin: 'own',
    storage: 'minute',
  },
  session_open: {
    node: sessionSoFar.open,
    unit: 'price',
    meaning: 'Open of the session',
    formula: "open of the session's first bar",
    origin: 'own',
    storage: 'minute',
  },
  session_high: {
    node: sessionSoFar.high,
    unit: 'price',
    meaning: 'Highest price of the session so far',
    formula: 'max high from the first bar of the session to this one',
    origin: 'own',
    storage: 'minute',
  },
  session_low: {
    node: sessionSoFar.low,
    unit: 'price',
    meaning: 'Lowest price of the session so far',
    formula: 'min low from the first bar of the session to this one',
    origin: 'own',
    storage: 'minute',
  },
  session_volume: {
    node: sessionSum(volume),
    unit: 'volume',
    meaning: 'Volume of the session so far',
    formula: 'sum(volume) from the first bar of the session to this one',
    origin: 'own',
    storage: 'minute',
  },
  session_turnover: {
    node: sessionSum(calc('$tp * $v', { tp: typical, v: volume })),
    unit: 'turnover',
    meaning: 'Turnover of the session so far, each bar at its typical price',
    formula: 'sum(tp volume) from the first bar of the session to this one',
    origin: 'own',
  },
  session_change_pct: {
    node: changeFromPrevious(close),
    unit: 'percent',
    meaning: 'Change of the close from the close of the previous session, in percent',
    formula:
      '100 (close - C)/C, C = close of the last bar of the previous session, the last one that has bars; none in the ' +
      'first session; C 0: 0',
    origin: 'own',
    storage: 'minute',
  },
  gap_pct: {
    node: changeFromPrevious(sessionSoFar.open),
    unit: 'percent',
    meaning: 'Opening gap: the open of the session against the close of the previous one, in percent',
    formula:
      '100 (session open - C)/C, C = close of the last bar of the previous session, the last one that has bars; none ' +
      'in the first session; C 0: 0',
    origin: 'own',
    storage: 'minute',
  },
  ...sessionProfile,
});
