/** Runs one session: the real pipeline and the real store on the simulated exchange, through real sockets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { anchorNow, atIst, istTimeOf, MINUTE_MS, monotonicMs, projectRoot } from '@rtp/core';
import { LiveRig } from '../../pipeline/fixtures/live-rig.ts';
import { RealStore } from '../../pipeline/fixtures/real-store.ts';
import type { SessionResult, SessionSpec } from './session-spec.ts';
import { verifySession } from './verify-session.ts';

/** The sweep begins so long after the close: faults may reach into it. */
const SWEEP_DELAY_MS = MINUTE_MS;
/** A session that stays open is sealed at its deadline: it waits for that so many times faster from so long after its close. */
const PATIENCE_MS = 15 * MINUTE_MS;
const HURRY = 8;
const TIMEOUT_MS = 400_000;
/** Often enough that every fault of the charts meets it. */
const CONFIRM_INTERVAL_MS = 5 * MINUTE_MS;
/** Every third share of the universe, wherever the day's shares are from. */
const PRIORITY_SYMBOLS = readFileSync(join(projectRoot, 'config/universe.csv'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(',', 1)[0] as string)
  .filter((_symbol, index) => index % 3 === 1);

export async function runSession(spec: SessionSpec): Promise<SessionResult> {
  const started = monotonicMs();
  let store: RealStore | undefined;
  const rig = await LiveRig.open({
    day: { generate: spec.symbols, seed: spec.seed },
    from: before(spec.from, 2),
    // Slow until everything is prepared: a busy machine takes what it needs.
    speed: 1,
    pipeline: {
      market_hours: { start: spec.from, end: spec.to },
      sweep_delay_ms: SWEEP_DELAY_MS,
      priority_symbols: PRIORITY_SYMBOLS,
      confirm_interval_ms: CONFIRM_INTERVAL_MS,
    },
    simulator: { faults: spec.faults, fault_seed: spec.seed },
    openStore: async (opened) => {
      store = await new RealStore(opened).start();
      return store.client;
    },
  });
  try {
    rig.start();
    await rig.until('preparation', () => rig.isPrepared());
    rig.clock.reanchor(anchorNow(rig.clock.now(), spec.speed));
    const isSealed = (): boolean => rig.pipeline?.report().sealed === true;
    if (spec.ends === 'open') {
      const hurryAt = atIst(rig.day.date, spec.to) + PATIENCE_MS;
      await rig.until('all that can be had', () => rig.clock.now() >= hurryAt, TIMEOUT_MS);
      rig.clock.reanchor(anchorNow(rig.clock.now(), spec.speed * HURRY));
    }
    await rig.until('the seal', isSealed, TIMEOUT_MS);
    const result = await verifySession(spec, rig);
    return { ...result, seconds: (monotonicMs() - started) / 1_000 };
  } finally {
    await rig.close();
    await store?.stop();
  }
}

/** An IST time of day so many minutes earlier. */
function before(time: string, minutes: number): string {
  return istTimeOf(atIst('2026-11-20', time) - minutes * MINUTE_MS).slice(0, 5);
}
