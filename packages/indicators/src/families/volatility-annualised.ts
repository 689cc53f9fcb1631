/** Volatility a year, in percent, from one-minute bars. */
import { annualised, annualisedRoot } from '../graph/annualise.ts';
import { ago, calc, close, high, low, type Node, open } from '../graph/node.ts';
import { positiveSum } from '../graph/positive-sums.ts';
import { logReturn } from '../graph/returns.ts';
import { variance } from '../graph/windows.ts';
import type { ColumnSpec } from '../registry/define.ts';

const n = 20;
const YEAR = '100 sqrt(252 * 375)';
const NO_PRICE = 'a bar whose low is 0 counts as if its four prices were equal';

/** Logarithm of a bar's price over its open. */
function overOpen(price: Node): Node {
  return calc('$low > 0 ? Math.log($p / $o) : 0', { p: price, o: open, low });
}

const up = overOpen(high);
const down = overOpen(low);
const body = overOpen(close);

function mean(term: Node): Node {
  return calc(`$s * ${1 / n}`, { s: positiveSum(term, n) });
}

/** Divided by n - 1. */
function sampleVariance(x: Node): Node {
  return calc(`$v * ${n / (n - 1)}`, { v: variance(x, n) });
}

const parkinson = calc(`($up - $down) * ($up - $down) * ${1 / (4 * Math.LN2)}`, { up, down });
const garmanKlass = calc(`0.5 * ($up - $down) * ($up - $down) - ${2 * Math.LN2 - 1} * $body * $body`, {
  up,
  down,
  body,
});
const rogersSatchell = calc('$up * ($up - $body) + $down * ($down - $body)', { up, down, body });

/** From the close before to the open: ln(open / close before). */
const overnight = calc('$o > 0 && $before > 0 ? Math.log($o / $before) : 0', { o: open, before: ago(close, 1) });

const BODY_SHARE = 0.34 / (1.34 + (n + 1) / (n - 1));
const yangZhang = calc(`$overnight + ${BODY_SHARE} * $body + ${1 - BODY_SHARE} * $within`, {
  overnight: sampleVariance(overnight),
  body: sampleVariance(body),
  within: mean(rogersSatchell),
});

const common = { unit: 'percent', parameters: { n }, origin: 'own', annualised: true } as const;

export const annualisedVolatility: Readonly<Record<string, ColumnSpec>> = {
  hv_20: {
    ...common,
    node: annualised(calc('Math.sqrt($v)', { v: sampleVariance(logReturn) })),
    meaning: 'Historical volatility: annualised standard deviation of 20 log returns of the close',
    formula: `sample standard deviation (divided by n - 1) of the last n log_return, times ${YEAR}; n equal returns: 0`,
    storage: 'minute',
  },
  parkinson_20: {
    ...common,
    node: annualisedRoot(mean(parkinson)),
    meaning: 'Parkinson volatility of 20 bars, from high and low, annualised',
    formula: `sqrt(mean of the last n ln(high/low)^2 / (4 ln 2)), times ${YEAR}; ${NO_PRICE}`,
  },
  garman_klass_20: {
    ...common,
    node: annualisedRoot(mean(garmanKlass)),
    meaning: 'Garman-Klass volatility of 20 bars, from all four prices, annualised',
    formula: `sqrt(mean of the last n (0.5 ln(high/low)^2 - (2 ln 2 - 1) ln(close/open)^2)), times ${YEAR}; ${NO_PRICE}`,
  },
  rogers_satchell_20: {
    ...common,
    node: annualisedRoot(mean(rogersSatchell)),
    meaning: 'Rogers-Satchell volatility of 20 bars, free of drift, annualised',
    formula:
      'sqrt(mean of the last n (ln(high/close) ln(high/open) + ln(low/close) ln(low/open))), ' +
      `times ${YEAR}; ${NO_PRICE}`,
    tradingSignals: '= RogersSatchellVolatility',
  },
  yang_zhang_20: {
    ...common,
    node: annualisedRoot(yangZhang),
    meaning: 'Yang-Zhang volatility of 20 bars: gaps between bars, bodies and Rogers-Satchell, annualised',
    formula:
      'sqrt(a + k b + (1 - k) r), times ' +
      `${YEAR}: a = sample variance (divided by n - 1) of the last n ln(open / previous close), b = that of ` +
      'ln(close/open), r = mean of the last n Rogers-Satchell terms (see rogers_satchell_20), ' +
      `k = 0.34/(1.34 + (n + 1)/(n - 1)). Every bar's gap counts, not only the night's. ${NO_PRICE}; ` +
      'a gap from or to a price of 0 counts 0. First at bar n',
    storage: 'minute',
  },
};
