/**
 * A market day for newcomers: the simulated exchange and the whole real system on a virtual clock.
 *
 *   preparing ──▶ playing ──the day is sealed──▶ sealed ──▶ (with untilClose) stopping ──▶ ended
 *                    └─────────── stopped from anywhere, or it cannot be verified ────────▶ ended
 */
import { resolve } from 'node:path';
import { describeError, type PartialConfig, realInterval, reportOf } from '@rtp/core';
import { CoverageWatch, createStoreClient, type StoreClient } from '@rtp/store-client';
import type { Notice, RunningSystem } from '../system/start-options.ts';
import { startSystem } from '../system/start-system.ts';
import { onStopSignals } from '../system/stop-signals.ts';
import { isExact, verifyDay } from './day-verification.ts';
import { demoDate, demoPaths, removeEarlierDemo } from './demo-data-dir.ts';
import { type DemoDisplay, openDisplay } from './demo-display.ts';
import type { DemoOptions } from './demo-options.ts';
import { summaryLines } from './demo-summary.ts';
import { demoView } from './demo-view.ts';
import { proveIndicators } from './indicator-proof.ts';
import { shown, whereToLook } from './where-to-look.ts';

/** Real ms between two drawings. */
const DRAW_INTERVAL_MS = 200;
/** Least real ms between two questions about coverage. */
const COVERAGE_INTERVAL_MS = 500;
const SHOWN_NOTICES = 3;
/** A market minute may pass in a tenth of a second, and each should be seen. Missed ones cover the usual time. */
const DEMO_HEARTBEATS = {
  heartbeat_interval_ms: 200,
  missed_heartbeats: 50,
  late_heartbeats: 20,
  steady_heartbeats: 90,
};

/** Plays the demo; resolves with the exit code. Errors: those of `startSystem`, RTP_DEMO_NOT_REMOVABLE. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const interrupt = new AbortController();
  let force = (): void => {};
  const stopListening = onStopSignals({
    stop: (reason) => interrupt.abort(new Error(reason)),
    force: () => force(),
  });
  // A demo that nobody watches any more (`| head`, a closed terminal) ends as by Ctrl+C. Its last words fail as well.
  process.stdout.on('error', () => interrupt.abort(new Error('nobody reads what it prints')));
  try {
    const date = await demoDate(options, interrupt.signal);
    const paths = demoPaths(options, date);
    if (options.fresh === true) await removeEarlierDemo(paths);
    let notify = ({ text }: Notice): void => void process.stdout.write(`${text}\n`);
    const system = await startSystem({
      flags: { ...demoFlags(options, date), data_dir: paths.dataDir },
      configFile: options.config,
      simulation: { speed: options.speed, generate: options.symbols !== undefined },
      signal: interrupt.signal,
      onNotice: (notice) => notify(notice),
    });
    force = () => system.forceStop();
    return await play(system, options, interrupt.signal, (listener) => {
      notify = listener;
    });
  } finally {
    stopListening();
  }
}

function demoFlags(options: DemoOptions, date: string): PartialConfig {
  const { bars, symbols, seed, from, to, apiPort, dataPort } = options;
  return {
    source: 'simulator',
    simulator: {
      date,
      bars: bars === undefined ? null : resolve(bars),
      ...(symbols === undefined ? {} : { symbols }),
      ...(seed === undefined ? {} : { seed }),
    },
    data_api: { port: dataPort ?? 0 },
    control_api: { port: apiPort ?? 0 },
    supervision: DEMO_HEARTBEATS,
    pipeline: {
      market_hours: { ...(from === undefined ? {} : { start: from }), ...(to === undefined ? {} : { end: to }) },
    },
  };
}

async function play(
  system: RunningSystem,
  options: DemoOptions,
  interrupt: AbortSignal,
  hear: (listener: (notice: Notice) => void) => void,
): Promise<number> {
  const date = system.day?.date ?? '';
  const store = createStoreClient({ socketPath: system.paths.storeSocket });
  const coverage = new CoverageWatch(store, COVERAGE_INTERVAL_MS);
  const display = openDisplay(process.stdout, whereToLook(system));
  const notices: string[] = [];
  const draw = (): void => {
    void coverage.refresh(date);
    display.show(demoView(system, system.status(), coverage.latest(date), notices));
  };
  hear(({ level, text }) => {
    if (level === 'warn') notices.push(text);
    notices.splice(0, notices.length - SHOWN_NOTICES);
    if (!process.stdout.isTTY) display.say(text);
  });
  const drawing = realInterval(DRAW_INTERVAL_MS, draw);
  interrupt.addEventListener('abort', () => void system.stop(describeError(interrupt.reason)), { once: true });
  if (interrupt.aborted) void system.stop(describeError(interrupt.reason));
  let exact = true;
  try {
    const isSealed = (await store.receipt(date)) !== null;
    if (isSealed) {
      display.say(`${date} was sealed by an earlier run, so nothing is replayed; --fresh starts it over.`);
    }
    // No pipeline runs for a sealed day, so none would report the seal.
    if (isSealed || (await untilSealed(system))) {
      exact = await conclude(system, store, display, coverage);
      if (options.untilClose === true) await system.stop('the day is sealed');
      else display.say('The day is over and everything still serves. Ctrl+C ends.');
    }
    drawing.cancel();
    const exitCode = await system.stopped;
    if (exact) display.say(`The data stays in ${shown(system.paths.dataDir)}.`);
    return exact ? exitCode : 1;
  } catch (error) {
    // Nobody is left to end what still runs.
    await system.stop('the demo failed');
    throw error;
  } finally {
    drawing.cancel();
    display.close();
    await store.close();
  }
}

/** False when the system was stopped before. */
async function untilSealed(system: RunningSystem): Promise<boolean> {
  try {
    await system.waitUntil((status) => reportOf(status, 'pipeline')?.sealed === true);
    return true;
  } catch {
    return false;
  }
}

/** Compares the sealed day with its recording and proves its indicators; whether all is complete and right. */
async function conclude(
  system: RunningSystem,
  store: StoreClient,
  display: DemoDisplay,
  coverage: CoverageWatch,
): Promise<boolean> {
  const date = system.day?.date ?? '';
  const status = system.status();
  const { instruments: _, ...summary } = await store.coverage(date);
  const verified = await verifyDay(system.paths, system.calendar, date);
  const view = demoView(system, status, coverage.latest(date), []);
  for (const line of summaryLines(date, summary, verified, view, status)) display.say(line);
  const indicators = await proveIndicators(system.paths, date);
  display.say(indicators.line);
  return summary.complete && isExact(verified) && indicators.isProved;
}
