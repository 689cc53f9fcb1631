/** Levels that hold all day: made of the previous session, or of the session's first minutes. */
import { calc, type Node } from '../graph/node.ts';
import { previousSession } from '../graph/session.ts';
import { type ColumnSpec, defineFamily } from '../registry/define.ts';
import { openingRanges } from './day-levels-opening.ts';

const { high: H, low: L, close: C } = previousSession;
const R = calc('$H - $L', { H, L });
const P = calc('($H + $L + $C) / 3', { H, L, C });
const middle = calc('($H + $L) / 2', { H, L });
/** The middle mirrored at the pivot. */
const mirrored = calc('2 * $P - $middle', { P, middle });

const WORDS =
  'H, L, C = highest high, lowest low and last close of the previous session (the last one before this that has ' +
  'bars), R = H - L, P = (H + L + C)/3; none in the first session';

function level(node: Node, meaning: string, formula: string): ColumnSpec {
  return { node, unit: 'price', meaning, formula: `${formula}; ${WORDS}`, origin: 'own', storage: 'day' };
}

const resistance = (k: number): string => `resistance ${k}`;
const support = (k: number): string => `support ${k}`;

/** `r1`, `r2` ... or `s1`, `s2` ...: base plus or minus each share of the previous range. */
function ladder(
  prefix: string,
  name: string,
  base: 'P' | 'C',
  side: '+' | '-',
  shares: readonly string[],
): Record<string, ColumnSpec> {
  return Object.fromEntries(
    shares.map((share, index) => {
      const label = side === '+' ? resistance(index + 1) : support(index + 1);
      const node = calc(`$base ${side} ${share} * $R`, { base: base === 'P' ? P : C, R });
      const formula = `${base} ${side} ${share} R`;
      return [`${prefix}_${side === '+' ? 'r' : 's'}${index + 1}`, level(node, `${name} ${label}`, formula)];
    }),
  );
}

const FIBONACCI = ['0.382', '0.618', '1'];
/** The shares are 1.1/12, 1.1/6, 1.1/4 and 1.1/2. */
const CAMARILLA = ['1.1 / 12', '1.1 / 6', '1.1 / 4', '1.1 / 2'];

export const dayLevels = defineFamily('day_levels', {
  pivot: level(P, 'Pivot point of the day', 'P'),
  pivot_r1: level(calc('2 * $P - $L', { P, L }), `Classic ${resistance(1)}`, '2 P - L'),
  pivot_r2: level(calc('$P + $R', { P, R }), `Classic ${resistance(2)}`, 'P + R'),
  pivot_r3: level(calc('$H + 2 * ($P - $L)', { H, P, L }), `Classic ${resistance(3)}`, 'H + 2 (P - L)'),
  pivot_s1: level(calc('2 * $P - $H', { P, H }), `Classic ${support(1)}`, '2 P - H'),
  pivot_s2: level(calc('$P - $R', { P, R }), `Classic ${support(2)}`, 'P - R'),
  pivot_s3: level(calc('$L - 2 * ($H - $P)', { H, P, L }), `Classic ${support(3)}`, 'L - 2 (H - P)'),
  ...ladder('fib', 'Fibonacci', 'P', '+', FIBONACCI),
  ...ladder('fib', 'Fibonacci', 'P', '-', FIBONACCI),
  ...ladder('cam', 'Camarilla', 'C', '+', CAMARILLA),
  ...ladder('cam', 'Camarilla', 'C', '-', CAMARILLA),
  cpr_bc: level(
    calc('Math.min($middle, $mirrored)', { middle, mirrored }),
    'Bottom of the central pivot range',
    'min(m, 2 P - m), m = (H + L)/2',
  ),
  cpr_tc: level(
    calc('Math.max($middle, $mirrored)', { middle, mirrored }),
    'Top of the central pivot range',
    'max(m, 2 P - m), m = (H + L)/2',
  ),
  pd_high: level(H, 'High of the previous session', 'H'),
  pd_low: level(L, 'Low of the previous session', 'L'),
  pd_close: level(C, 'Close of the previous session', 'C'),
  ...openingRanges,
});
