/** Runs one session: the real pipeline and the real store on the simulated exchange, through real sockets. */
import { anchorNow, atIst, istTimeOf, MINUTE_MS, monotonicMs } from '@rtp/core';
import { LiveRig } from '../../pipeline/fixtures/live-rig.ts';
import { RealStore } from '../../pipeline/fixtures/real-store.ts';
import type { SessionResult, SessionSpec } from './session-spec.ts';
import { verifySession } from './verify-session.ts';

/** The sweep begins so long after the close: faults may reach into it. */
const SWEEP_DELAY_MS = MINUTE_MS;
/** A day that cannot be completed is sealed so long after its sweep began, market time. */
const PATIENCE_MS = 20 * MINUTE_MS;
const TIMEOUT_MS = 400_000;

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
      sweep_patience_ms: PATIENCE_MS,
    },
    storeConfig: { seal_deadline: before(spec.to, -(SWEEP_DELAY_MS + PATIENCE_MS) / MINUTE_MS) },
    simulator: { faults: spec.faults, fault_seed: spec.seed },
    openStore: async (opened) => {
      store = await new RealStore(opened).start();
      return store.client;
    },
  });
  try {
    rig.start();
    const isPrepared = (): boolean =>
      (rig.pipeline?.report().symbols ?? 0) > 0 &&
      (rig.simulator.state().subscriptions > 0 || rig.pipeline?.report().sourceReason !== '');
    await rig.until('preparation', isPrepared);
    rig.clock.reanchor(anchorNow(rig.clock.now(), spec.speed));
    await rig.until('the seal', () => rig.pipeline?.report().sealed === true, TIMEOUT_MS);
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
