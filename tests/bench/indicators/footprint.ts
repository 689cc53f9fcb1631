/**
 * What an engine costs a process, measured in one that does nothing else: prints a JSON line.
 *
 * node tests/bench/indicators/footprint.ts all|stored
 */
import { readFileSync } from 'node:fs';
import { monotonicMs } from '@rtp/core';

const SYMBOLS = 500;
const SESSIONS = 10;

/** Proportional share of memory, MB. */
function pssMb(): number {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]) / 1024;
}

const before = pssMb();
const startedAt = monotonicMs();
const { IndicatorEngine, indicatorColumns, storedColumns } = await import('@rtp/indicators');
const importedAt = monotonicMs();
const names = (process.argv[2] === 'stored' ? storedColumns : indicatorColumns).map(({ name }) => name);
const engine = new IndicatorEngine(names, SYMBOLS);
const compiledAt = monotonicMs();
const created = pssMb();
// Loads the package too, and so comes after it.
const { randomSeries } = await import('../../indicators/support/series.ts');
const history = randomSeries({ seed: 1, length: SESSIONS * 375 });
const out = names.map(() => new Float64Array(history.length));
const readyAt = monotonicMs();
for (let symbol = 0; symbol < SYMBOLS; symbol += 1) engine.run(symbol, history, out);
const warmAt = monotonicMs();
console.log(
  JSON.stringify({
    columns: names.length,
    stateBytes: engine.stride * 8,
    importMs: importedAt - startedAt,
    compileMs: compiledAt - importedAt,
    warmMs: warmAt - readyAt,
    createdMb: created - before,
    warmMb: pssMb() - before,
  }),
);
