import { type BarArrays, IndicatorEngine } from '../engine/indicator-engine.ts';

/** The given columns over all bars, from the first. Errors: a field that a column needs is absent. */
export function columnsOver<const Name extends string>(
  names: readonly Name[],
  bars: BarArrays,
): Readonly<Record<Name, Float64Array>> {
  const out = names.map(() => new Float64Array(bars.length));
  new IndicatorEngine(names, 1).run(0, bars, out);
  return Object.fromEntries(names.map((name, index) => [name, out[index]!])) as Record<Name, Float64Array>;
}
