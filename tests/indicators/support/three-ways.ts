/** The three ways of computing: in bulk, bar by bar, and bar by bar with the forming bar rewritten. */
import { BAR_FIELDS, BAR_WIDTH, type BarArrays, IndicatorEngine } from '@rtp/indicators';

/** Values by column, one array each. */
export type Columns = ReadonlyMap<string, Float64Array>;

const FIRST = Int32Array.of(0);

export function inBulk(names: readonly string[], bars: BarArrays, engine = new IndicatorEngine(names, 1)): Columns {
  const out = names.map(() => new Float64Array(bars.length));
  engine.run(0, bars, out);
  return new Map(names.map((name, index) => [name, out[index]!] as const));
}

export function barByBar(names: readonly string[], bars: BarArrays, engine = new IndicatorEngine(names, 1)): Columns {
  return collect(names, bars, (row, out) => engine.advance(FIRST, 1, row, out));
}

/** Each bar is previewed in wrong shapes, then in its own, twice, before it closes. */
export function rewritten(names: readonly string[], bars: BarArrays, engine = new IndicatorEngine(names, 1)): Columns {
  const wrong = new Float64Array(BAR_WIDTH);
  const preview = new Float64Array(names.length);
  const again = new Float64Array(names.length);
  return collect(names, bars, (row, out) => {
    for (const factor of [0.93, 1.08]) {
      for (let field = 0; field < BAR_WIDTH; field += 1) wrong[field] = row[field]! * (field < 5 ? factor : 1);
      engine.preview(FIRST, 1, wrong, out);
    }
    engine.preview(FIRST, 1, row, preview);
    engine.preview(FIRST, 1, row, again);
    engine.advance(FIRST, 1, row, out);
    for (const [column, value] of out.entries()) {
      if (!Object.is(value, preview[column]) || !Object.is(value, again[column])) {
        throw new Error(`${names[column]}: previewed as ${preview[column]}, then ${again[column]}, closed as ${value}`);
      }
    }
  });
}

function collect(
  names: readonly string[],
  bars: BarArrays,
  step: (row: Float64Array, out: Float64Array) => void,
): Columns {
  const columns = names.map(() => new Float64Array(bars.length));
  const out = new Float64Array(names.length);
  const row = new Float64Array(BAR_WIDTH);
  for (let bar = 0; bar < bars.length; bar += 1) {
    for (const [field, name] of BAR_FIELDS.entries()) row[field] = bars[name]?.[bar] ?? Number.NaN;
    step(row, out);
    for (const [column, values] of columns.entries()) values[bar] = out[column]!;
  }
  return new Map(names.map((name, index) => [name, columns[index]!] as const));
}

/** Throws at the first bar where a column differs, in the last bit. */
export function expectSame(got: Columns, want: Columns): void {
  for (const [name, values] of want) {
    const others = got.get(name)!;
    const bar = values.findIndex((value, index) => !Object.is(value, others[index]));
    if (bar >= 0) throw new Error(`${name}, bar ${bar}: ${others[bar]} instead of ${values[bar]}`);
  }
}
