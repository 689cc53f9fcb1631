/**
 * Cost of live minutes: generated symbols through the whole real system, 500 at speed 1 and at speed 20, 1,000 and 5,000
 * at speed 1. Writes a section of `docs/performance.md`; what has a limit stands beside it, with their ratio.
 *
 * node tests/bench/market-minutes.ts [minutes of 500 at speed 1] [at speed 20] [minutes of 1,000 and 5,000]
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atIst, istTimeOf, MINUTE_MS, projectRoot, readSamples, realDelay, type Sample } from '@rtp/core';
import { execa } from 'execa';
import { provenance, writeSection } from '../lib/generated-section.ts';

const DATE = '2026-11-20';
const FROM = '10:00';
const LOOK_INTERVAL_MS = 2_000;
/** Limits of the product, at so many symbols: real ms from seal to queryable, MB of PSS, share of one core. */
const LIMITS = { symbols: 500, sealToQueryableP99Ms: 500, pssMb: 500, cpuShare: 0.2 };

interface Run {
  readonly symbols: number;
  readonly speed: number;
  readonly minutes: number;
}

interface Measured {
  readonly symbols: number;
  readonly speed: number;
  readonly minutes: number;
  readonly bars: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly publishP99Ms: number;
  /** Of every process but the simulator, and by process. */
  readonly cpuPerMinute: number;
  readonly pssMb: number;
  readonly rssMb: number;
  readonly byProcess: readonly { readonly name: string; readonly cpuPerMinute: number; readonly pssMb: number }[];
}

const [slowMinutes = 15, fastMinutes = 60, manyMinutes = 6] = process.argv.slice(2).map(Number);
const RUNS: readonly Run[] = [
  { symbols: 500, speed: 1, minutes: slowMinutes },
  { symbols: 500, speed: 20, minutes: fastMinutes },
  { symbols: 1_000, speed: 1, minutes: manyMinutes },
  { symbols: 5_000, speed: 1, minutes: manyMinutes },
];
const results: Measured[] = [];
for (const run of RUNS) if (run.minutes > 0) results.push(await measure(run));
const section = report(results);
writeSection('performance', 'market-minutes', section);
process.stdout.write(section);

async function measure({ symbols, speed, minutes }: Run): Promise<Measured> {
  const dir = mkdtempSync(join(tmpdir(), 'rtp-bench-'));
  const dataDir = join(dir, 'data');
  const from = atIst(DATE, FROM);
  const to = istTimeOf(from + minutes * MINUTE_MS).slice(0, 5);
  const run = execa(
    join(projectRoot, 'bin/rtp'),
    [
      ...['demo', '--symbols', String(symbols), '--seed', '7', '--from', FROM, '--to', to],
      ...['--speed', String(speed), '--data-dir', dataDir],
    ],
    { reject: false, stdout: 'ignore', env: { RTP_MONITOR__SAMPLE_INTERVAL_MS: '1000' } },
  );
  try {
    await Promise.race([sessionIsOver(dataDir), run]);
    const samples = (await allSamples(dataDir)).filter((sample) => sample.market.phase === 'open');
    return figures(samples, symbols, speed);
  } finally {
    run.kill('SIGINT');
    await run;
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Resolves when the monitor has seen the market open and then closed. */
async function sessionIsOver(dataDir: string): Promise<void> {
  let wasOpen = false;
  for (;;) {
    await realDelay(LOOK_INTERVAL_MS);
    const phase = (await allSamples(dataDir)).at(-1)?.market.phase;
    wasOpen ||= phase === 'open';
    if (wasOpen && phase !== 'open') return;
  }
}

async function allSamples(dataDir: string): Promise<readonly Sample[]> {
  const folder = join(dataDir, 'metrics');
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).toSorted();
  const histories = await Promise.all(files.map((name) => readSamples(join(folder, name))));
  return histories.flatMap(({ samples }) => samples);
}

/** Differences between the first and the last sample of the session; the highest memory between them. */
function figures(samples: readonly Sample[], symbols: number, speed: number): Measured {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) throw new Error('no sample of the session');
  const minutes = (last.ts - first.ts) / MINUTE_MS;
  const names = Object.keys(last.components);
  const byProcess = names.map((name) => ({
    name,
    cpuPerMinute: ((last.components[name]?.cpu_seconds ?? 0) - (first.components[name]?.cpu_seconds ?? 0)) / minutes,
    pssMb: Math.max(...samples.map((sample) => (sample.components[name]?.pss_bytes ?? 0) / 1e6)),
  }));
  const own = byProcess.filter(({ name }) => name !== 'simulator');
  return {
    symbols,
    speed,
    minutes,
    bars: last.coverage?.bars ?? 0,
    ackP50Ms: last.lag.seal_to_ack_p50_ms ?? Number.NaN,
    ackP99Ms: last.lag.seal_to_ack_p99_ms ?? Number.NaN,
    publishP99Ms: last.lag.publish_p99_ms ?? Number.NaN,
    cpuPerMinute: own.reduce((sum, { cpuPerMinute }) => sum + cpuPerMinute, 0),
    pssMb: Math.max(...samples.map((sample) => (sample.totals.pss_bytes ?? 0) / 1e6)),
    rssMb: Math.max(...samples.map((sample) => (sample.totals.rss_bytes ?? 0) / 1e6)),
    byProcess,
  };
}

function report(all: readonly Measured[]): string {
  const rows = all
    .filter(({ symbols }) => symbols === LIMITS.symbols)
    .flatMap((m) => [
      row(`speed ${m.speed}: sealed to queryable p99, real ms`, m.ackP99Ms, LIMITS.sealToQueryableP99Ms),
      row(`speed ${m.speed}: memory, MB PSS of all processes`, m.pssMb, LIMITS.pssMb),
      row(`speed ${m.speed}: CPU seconds in a market minute`, m.cpuPerMinute, LIMITS.cpuShare * 60),
    ]);
  const processes = all.flatMap((m) =>
    m.byProcess.map(
      (p) => `| ${m.symbols} | ${m.speed} | ${p.name} | ${p.cpuPerMinute.toFixed(2)} | ${p.pssMb.toFixed(0)} |`,
    ),
  );
  const spread = all.map(
    (m) =>
      `| ${m.symbols} | ${m.speed} | ${m.minutes.toFixed(0)} | ${m.bars} | ${m.ackP50Ms.toFixed(1)} | ${m.ackP99Ms.toFixed(1)} | ${m.publishP99Ms.toFixed(1)} | ${m.cpuPerMinute.toFixed(1)} | ${m.pssMb.toFixed(0)} | ${m.rssMb.toFixed(0)} |`,
  );
  return `## Live minutes

${provenance('pnpm bench market-minutes')}
Generated symbols, the whole system with the simulated exchange on the same machine. The simulator is in no sum.

| What | Measured | Limit | Ratio |
|---|---|---|---|
${rows.join('\n')}

| Symbols | Speed | Minutes | Bars | Sealed to acknowledged p50, ms | p99, ms | Committed to published p99, ms | CPU s per market minute | MB PSS, highest | MB RSS, highest |
|---|---|---|---|---|---|---|---|---|---|
${spread.join('\n')}

| Symbols | Speed | Process | CPU s per market minute | MB PSS, highest |
|---|---|---|---|---|
${processes.join('\n')}
`;
}

function row(what: string, measured: number, limit: number): string {
  return `| ${what} | ${measured.toFixed(1)} | ${limit} | ${(measured / limit).toFixed(2)} |`;
}
