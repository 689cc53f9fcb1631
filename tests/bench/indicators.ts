/**
 * The indicator engine beside its peers, all in one run: a minute of 500 symbols, the whole catalogue, 5,000 symbols,
 * the bulk rate of a core, memory and start-up. Writes a section of `docs/performance.md`; exits 1 if a goal is missed.
 *
 * node tests/bench/indicators.ts
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicMs } from '@rtp/core';
import { BAR_WIDTH, IndicatorEngine, indicatorColumns, storedColumns } from '@rtp/indicators';
import { type OpinionBar, secondOpinion } from '@rtp/indicators/second-opinion';
import type { Series } from '../indicators/support/series.ts';
import { provenance, writeSection } from '../lib/generated-section.ts';
import { COMMON, COMMON_COLUMNS, TECHNICAL_COUNT, type TechnicalClass } from './indicators/common.ts';
import { market, median, rowsOf } from './indicators/data.ts';
import { fetchPeers, type TalibDriver, type TalibTimes } from './indicators/peers.ts';

const SYMBOLS = 500;
const MANY = 5_000;
const HISTORIES = [375, 1_500] as const;
const TICKS = 60;
const BARS = Math.max(...HISTORIES) + TICKS;
/** Symbols that the slowest peers are given; their times are scaled up. */
const FEW = 50;
const ROUNDS = 5;
const GOALS = { timesTradingSignals: 20, catalogueTickMs: 25, timesTalib: 1 };

const every = indicatorColumns.map(({ name }) => name);
const stored = storedColumns.map(({ name }) => name);
const all = market(SYMBOLS, BARS);
const loadBefore = loadavg()[0]!;
const folder = mkdtempSync(join(tmpdir(), 'rtp-bench-'));
let missed = 0;

try {
  const { technical, talib } = fetchPeers(folder);
  const native = typeof talib === 'string' ? talib : onNativeData(talib);
  const recomputed = typeof native === 'string' ? null : native(1, HISTORIES);
  const minutes = HISTORIES.map((history) => ({
    history,
    engine: engineTick(COMMON_COLUMNS, history),
    tradingSignals: tradingSignalsTick(history),
    technical: typeof technical === 'string' ? Number.NaN : technicalTick(technical, history),
    talib: recomputed === null ? Number.NaN : median(recomputed.minutes.get(history)!) / 1e6,
  }));
  const bulk = bulkRates(technical, typeof native === 'string' ? null : native);
  const section = `## Indicators

${provenance('pnpm bench indicators')}
Load of the machine before the run ${loadBefore.toFixed(1)}, after it ${loadavg()[0]!.toFixed(1)} (the bench itself is 1). Random walks; medians of ${TICKS} minutes or ${ROUNDS} rounds after warm-up, one thread.
${peerNotes(technical, native)}

### A minute of ${SYMBOLS} symbols, ${COMMON.length} indicators (${COMMON_COLUMNS.length} columns)

| Engine | Way | ms, ${HISTORIES[0]} bars of history | ms, ${HISTORIES[1]} bars | Times ours |
|---|---|---|---|---|
${minuteRows(minutes)}

Goal: ${GOALS.timesTradingSignals} times trading-signals: ${verdict(Math.min(...minutes.map((m) => m.tradingSignals / m.engine)) >= GOALS.timesTradingSignals)}. The indicators: ${COMMON_COLUMNS.join(', ')}.

### The whole catalogue

| What | Columns | Symbols | ms | µs a symbol |
|---|---|---|---|---|
${catalogueRows()}

### Bulk: million bar-indicators a second and core, the same ${COMMON.length} over ${SYMBOLS} x ${HISTORIES[1]} bars

| Engine | Million a second | Ours / it |
|---|---|---|
${bulk}

### Memory and start-up of ${SYMBOLS} symbols

| Columns | State a symbol, kB | MB PSS, engine made | MB PSS, after 10 sessions | Import, ms | Compile, ms | 10 sessions of all symbols, ms |
|---|---|---|---|---|---|---|
${footprintRow('all')}
${footprintRow('stored')}
`;
  writeSection('performance', 'indicators', section);
  process.stdout.write(section);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(missed === 0 ? 0 : 1);

interface Minute {
  readonly history: number;
  readonly engine: number;
  readonly tradingSignals: number;
  readonly technical: number;
  readonly talib: number;
}

function minuteRows(minutes: readonly Minute[]): string {
  const [short, long] = minutes as [Minute, Minute];
  const row = (name: string, way: string, key: 'engine' | 'tradingSignals' | 'technical' | 'talib'): string =>
    `| ${name} | ${way} | ${short[key].toFixed(2)} | ${long[key].toFixed(2)} | ${(short[key] / short.engine).toFixed(1)}, ${(long[key] / long.engine).toFixed(1)} |`;
  return [
    row('**ours**', 'streaming', 'engine'),
    row('trading-signals 8.3.0', 'streaming', 'tradingSignals'),
    row(`technicalindicators 3.1.0 (${TECHNICAL_COUNT} of ${COMMON.length}, scaled)`, 'streaming', 'technical'),
    row('TA-Lib C, native data', 'recompute', 'talib'),
  ].join('\n');
}

/** Median milliseconds of `advance`, or of `preview`. */
function engineTick(
  columns: readonly string[],
  history: number,
  symbols = SYMBOLS,
  way: 'advance' | 'preview' = 'advance',
): number {
  const engine = new IndicatorEngine(columns, symbols);
  const out = columns.map(() => new Float64Array(history));
  const sources = Array.from({ length: symbols }, (_, symbol) => all[symbol % SYMBOLS]!);
  for (const [symbol, source] of sources.entries()) engine.run(symbol, { ...source, length: history }, out);
  const ids = Int32Array.from(sources.keys());
  const rows = new Float64Array(symbols * BAR_WIDTH);
  const values = new Float64Array(symbols * columns.length);
  return median(
    ticks((bar) => {
      rowsOf(sources, history + bar, rows);
      const startedAt = monotonicMs();
      engine[way](ids, symbols, rows, values);
      const tookMs = monotonicMs() - startedAt;
      if (way === 'preview') engine.advance(ids, symbols, rows, values);
      return tookMs;
    }),
  );
}

/** The first third warms up. */
function ticks(tick: (bar: number) => number): number[] {
  const times: number[] = [];
  for (let bar = 0; bar < TICKS; bar += 1) {
    const tookMs = tick(bar);
    if (bar >= TICKS / 3) times.push(tookMs);
  }
  return times;
}

function tradingSignalsTick(history: number): number {
  const feeds = all.map(() => COMMON.map(({ columns }) => secondOpinion(columns[0]!)!.start()));
  const bar = (at: number): void => {
    for (const [symbol, series] of all.entries()) {
      const input = objectOf(series, at);
      for (const feed of feeds[symbol]!) feed(input);
    }
  };
  for (let at = 0; at < history; at += 1) bar(at);
  return median(ticks((at) => timed(() => bar(history + at))));
}

function technicalTick(classes: Readonly<Record<string, TechnicalClass>>, history: number): number {
  const few = all.slice(0, FEW);
  const instances = few.map(() => technicalInstances(classes));
  const bar = (at: number): void => {
    for (const [symbol, series] of few.entries()) {
      const input = objectOf(series, at);
      for (const { instance, input: wants } of instances[symbol]!) {
        instance.nextValue(wants === 'closes' ? input.close : input);
      }
    }
  };
  for (let at = 0; at < history; at += 1) bar(at);
  const scale = (SYMBOLS / FEW) * (COMMON.length / TECHNICAL_COUNT);
  return median(ticks((at) => timed(() => bar(history + at)))) * scale;
}

function technicalInstances(classes: Readonly<Record<string, TechnicalClass>>) {
  return COMMON.flatMap(({ technical }) => {
    if (technical === undefined) return [];
    const [name, parameters, input] = technical;
    const empty = { values: [], open: [], high: [], low: [], close: [], volume: [] };
    return [{ instance: new classes[name]!({ ...parameters, ...empty }), input }];
  });
}

function catalogueRows(): string {
  const row = (what: string, columns: readonly string[], symbols: number, ms: number): string =>
    `| ${what} | ${columns.length} | ${symbols} | ${ms.toFixed(2)} | ${((ms * 1_000) / symbols).toFixed(1)} |`;
  const whole = engineTick(every, 375);
  const rows = [
    row('minute', every, SYMBOLS, whole),
    row('minute, stored set', stored, SYMBOLS, engineTick(stored, 375)),
    row('preview of the forming minute', every, SYMBOLS, engineTick(every, 375, SYMBOLS, 'preview')),
    row('preview, stored set', stored, SYMBOLS, engineTick(stored, 375, SYMBOLS, 'preview')),
    row('minute', every, MANY, engineTick(every, 100, MANY)),
    row('minute, stored set', stored, MANY, engineTick(stored, 100, MANY)),
    bulkRow('10 sessions in bulk', every),
    bulkRow('10 sessions in bulk, stored set', stored),
  ];
  return `${rows.join('\n')}\n\nGoal: under ${GOALS.catalogueTickMs} ms for a minute of ${SYMBOLS} symbols: ${verdict(whole < GOALS.catalogueTickMs)}.`;

  function bulkRow(what: string, columns: readonly string[]): string {
    const engine = new IndicatorEngine(columns, FEW);
    const ms = (median(rounds(() => runAll(engine, all.slice(0, FEW), BARS))) / FEW) * ((10 * 375) / BARS);
    return row(what, columns, 1, ms);
  }
}

function bulkRates(technical: Readonly<Record<string, TechnicalClass>> | string, talib: Native | null): string {
  const bars = HISTORIES[1];
  const rate = (ms: number, symbols: number): number => (symbols * bars * COMMON.length) / ms / 1_000;
  const engine = new IndicatorEngine(COMMON_COLUMNS, SYMBOLS);
  const native: number[] = [];
  const own = rounds(() => {
    // In turn, so that both meet the same machine.
    if (talib !== null) native.push(...talib(1, []).bulk);
    return runAll(engine, all, bars);
  });
  const ours = rate(median(own), SYMBOLS);
  const row = (name: string, theirs: number): string =>
    `| ${name} | ${theirs.toFixed(1)} | ${(ours / theirs).toFixed(2)} |`;
  const few = all.slice(0, FEW);
  const talibRate = rate(median(native) / 1e6, SYMBOLS);
  const lines = [
    row('**ours**', ours),
    row('TA-Lib C, native data', talibRate),
    row(
      'trading-signals 8.3.0',
      rate(
        timed(() => {
          for (const series of few) {
            const feeds = COMMON.map(({ columns }) => secondOpinion(columns[0]!)!.start());
            for (let at = 0; at < bars; at += 1) {
              const input = objectOf(series, at);
              for (const feed of feeds) feed(input);
            }
          }
        }),
        FEW,
      ),
    ),
  ];
  if (typeof technical !== 'string') {
    const ms = timed(() => {
      for (const series of few) calculateAll(technical, series, bars);
    });
    lines.push(
      row(
        `technicalindicators 3.1.0 calculate (${TECHNICAL_COUNT} of ${COMMON.length}, scaled)`,
        (rate(ms, FEW) * TECHNICAL_COUNT) / COMMON.length,
      ),
    );
  }
  const goal = talib === null ? 'TA-Lib could not be had' : verdict(ours / talibRate >= GOALS.timesTalib);
  return `${lines.join('\n')}\n\nGoal: at least level with TA-Lib C: ${goal}.`;
}

function calculateAll(classes: Readonly<Record<string, TechnicalClass>>, series: Series, bars: number): void {
  const list = (field: 'open' | 'high' | 'low' | 'close' | 'volume'): number[] => [...series[field].subarray(0, bars)];
  const [open, high, low, close, volume] = [list('open'), list('high'), list('low'), list('close'), list('volume')];
  for (const { technical } of COMMON) {
    if (technical === undefined) continue;
    const [name, parameters] = technical;
    classes[name]!.calculate({ ...parameters, values: close, open, high, low, close, volume });
  }
}

/** Milliseconds over all series from their first bar. */
function runAll(engine: IndicatorEngine, series: readonly Series[], bars: number): number {
  const out = engine.columns.map(() => new Float64Array(bars));
  return timed(() => {
    for (const [symbol, source] of series.entries()) {
      engine.reset(symbol);
      engine.run(symbol, { ...source, length: bars }, out);
    }
  });
}

function rounds(round: () => number): number[] {
  round();
  return Array.from({ length: ROUNDS }, round);
}

/** TA-Lib over the same bars: rounds over all symbols, and minutes by history. */
type Native = (rounds: number, histories: readonly number[]) => TalibTimes;

function onNativeData(talib: TalibDriver): Native {
  const fields = ['open', 'high', 'low', 'close', 'volume'] as const;
  const data = new Float64Array(SYMBOLS * fields.length * BARS);
  for (const [symbol, series] of all.entries()) {
    for (const [at, field] of fields.entries()) data.set(series[field], (symbol * fields.length + at) * BARS);
  }
  const file = join(folder, 'bars');
  writeFileSync(file, new Uint8Array(data.buffer));
  return (count, histories) =>
    talib({ file, symbols: SYMBOLS, stride: BARS, bars: HISTORIES[1], rounds: count, histories });
}

function footprintRow(set: 'all' | 'stored'): string {
  const program = join(import.meta.dirname, 'indicators/footprint.ts');
  const { stdout } = spawnSync(process.execPath, [program, set], { encoding: 'utf8' });
  const found = JSON.parse(stdout) as Readonly<Record<string, number>>;
  const cell = (key: string, digits = 0): string => found[key]!.toFixed(digits);
  return `| ${cell('columns')} (${set}) | ${(found.stateBytes! / 1_000).toFixed(1)} | ${cell('createdMb')} | ${cell('warmMb')} | ${cell('importMs')} | ${cell('compileMs')} | ${cell('warmMs')} |`;
}

function peerNotes(technical: unknown, native: unknown): string {
  const notes = [
    `technicalindicators has ${TECHNICAL_COUNT} of the ${COMMON.length}, was given ${FEW} symbols, and is scaled to all; trading-signals was given ${FEW} symbols in bulk.`,
    typeof native === 'string'
      ? native
      : 'TA-Lib is 0.6.0-dev, its C sources from talib 2.0.5 compiled with the flags of that package.',
    ...(typeof technical === 'string' ? [technical] : []),
  ];
  return notes.join(' ');
}

function verdict(isMet: boolean): string {
  if (!isMet) missed += 1;
  return isMet ? 'met' : 'missed';
}

function objectOf(series: Series, bar: number): OpinionBar {
  return {
    open: series.open[bar]!,
    high: series.high[bar]!,
    low: series.low[bar]!,
    close: series.close[bar]!,
    volume: series.volume[bar]!,
    session: series.session[bar]!,
  };
}

function timed(work: () => void): number {
  const startedAt = monotonicMs();
  work();
  return monotonicMs() - startedAt;
}
