/** Wilder's relative strength. */
import { calc, kernel, type Node } from './node.ts';

/**
 * Wilder means of the rises and of the falls of x from bar to bar, falls as positive numbers. First at `x.first + n`.
 *
 * Multiplying and dividing in TA-Lib's order matters: where x stands still, an RSI keeps its value but for the last bit,
 * and a stochastic of the RSI answers with that bit. Rise or fall is decided by multiplication: it cannot be foreseen,
 * and a branch that the processor guesses wrong costs more.
 */
export function wilderMoves(x: Node, n: number): { readonly up: Node; readonly down: Node } {
  const seed = x.first + n;
  return kernel({
    name: 'wilderMoves',
    parameters: [n],
    inputs: { x },
    history: { x: 1 },
    state: { rise: 0, fall: 0 },
    outputs: { up: n, down: n },
    code: `
      if (n > FIRST) {
        const move = $x - $x[1];
        if (n > ${seed}) {
          $rise *= ${n - 1};
          $fall *= ${n - 1};
        }
        const isFall = (move < 0) | 0;
        $fall -= move * isFall;
        $rise += move * (1 - isFall);
        if (n >= ${seed}) {
          $rise /= ${n};
          $fall /= ${n};
          $up = $rise;
          $down = $fall;
        }
      }`,
  });
}

/** Rises in percent of all movement; under 1e-14 of movement: 0, as TA-Lib has it. First at `x.first + n`. */
export function rsi(x: Node, n: number): Node {
  const { up, down } = wilderMoves(x, n);
  return calc('$up + $down < 1e-14 ? 0 : 100 * ($up / ($up + $down))', { up, down });
}
