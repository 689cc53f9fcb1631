/**
 * What speaks for a pipeline that does not do its work. Three signals, from successive reports of one process:
 *
 *   stale-data   the newest bar is older than `stale_after_ms` and than is ordinary, while bars are owed
 *   error-rate   of the calls of the last `error_rate_window_ms` more than `error_rate_limit` failed
 *   stuck        nothing has been sealed, written or asked for since `stuck_after_ms`
 */
import { type EpochMs, hasPassed, type Moment, type PipelineReport, type RtpConfig } from '@rtp/core';

export const SIGNAL_KINDS = ['stale-data', 'error-rate', 'stuck'] as const;
export type SignalKind = (typeof SIGNAL_KINDS)[number];

export interface Signal {
  readonly kind: SignalKind;
  /** For people, with figures. */
  readonly text: string;
}

export type RecoverySettings = RtpConfig['recovery'];

/** Samples of the counters that are kept of one window. */
const SAMPLES_PER_WINDOW = 20;

interface CallSample {
  readonly at: EpochMs;
  readonly calls: number;
  readonly errors: number;
}

/** What is remembered of one process's reports in session. */
export interface SignalMemory {
  readonly pid: number | null;
  /** Everything that it has done, added up, and since when that has not grown. */
  readonly work: number;
  readonly workedAt: Moment;
  /** Its calls over the window, oldest first. */
  readonly calls: readonly CallSample[];
}

type CountedReport = Pick<PipelineReport, 'calls' | 'errors' | 'minutesSealed' | 'barsWritten'>;

/** The memory after one more report. `report` is null where no session is under way: what was counted then means nothing. */
export function rememberSignals(
  memory: SignalMemory | null,
  pid: number | null,
  report: CountedReport | null,
  now: Moment,
  { error_rate_window_ms: windowMs }: Pick<RecoverySettings, 'error_rate_window_ms'>,
): SignalMemory {
  if (report === null) return { pid, work: 0, workedAt: now, calls: [] };
  const { calls, errors, minutesSealed, barsWritten } = report;
  const work = calls + errors + minutesSealed + barsWritten;
  const sample = { at: now.at, calls, errors };
  const last = memory?.calls.at(-1);
  // Another process counts from nothing, and so does a window whose clock was set back.
  if (memory === null || memory.pid !== pid || last === undefined || last.at > now.at) {
    return { pid, work, workedAt: now, calls: [sample] };
  }
  const isDue = now.at - last.at >= windowMs / SAMPLES_PER_WINDOW;
  // The newest sample from before the window is where it begins.
  const begin = memory.calls.findLastIndex(({ at }) => now.at - at >= windowMs);
  const inWindow = memory.calls.slice(Math.max(0, begin));
  return {
    pid,
    work,
    workedAt: work > memory.work ? now : memory.workedAt,
    calls: isDue ? [...inWindow, sample] : inWindow,
  };
}

export interface SignalInputs {
  readonly memory: SignalMemory;
  /** Null where no session is under way. */
  readonly report: CountedReport | null;
  /** Age of the newest bar in market ms, as health judges it; null while none is owed. */
  readonly dataAgeMs: number | null;
  /** The age of it, market ms, that is ordinary for this universe. */
  readonly ordinaryAgeMs: number;
  /** Market ms in a real one. */
  readonly speed: number;
  readonly now: Moment;
  readonly settings: RecoverySettings;
}

/** The signals that hold now, the most telling first. */
export function signalsOf(inputs: SignalInputs): readonly Signal[] {
  const { memory, report, dataAgeMs, now, settings } = inputs;
  if (report === null || dataAgeMs === null) return [];
  const signals: Signal[] = [];
  if (dataAgeMs > Math.max(staleAfterMs(settings, inputs.speed), inputs.ordinaryAgeMs)) {
    signals.push({ kind: 'stale-data', text: `the newest bar is ${seconds(dataAgeMs)} old` });
  }
  if (hasPassed(memory.workedAt, now, settings.stuck_after_ms, settings.stuck_floor_ms)) {
    const silentMs = now.at - memory.workedAt.at;
    signals.push({ kind: 'stuck', text: `the pipeline has done nothing for ${seconds(silentMs)}` });
  }
  const first = memory.calls[0];
  const calls = report.calls - (first?.calls ?? report.calls);
  const errors = report.errors - (first?.errors ?? report.errors);
  if (calls >= settings.error_rate_min_calls && errors > calls * settings.error_rate_limit) {
    signals.push({ kind: 'error-rate', text: `${errors} errors in ${calls} calls` });
  }
  return signals;
}

/** Market ms from which data is stale: the limit, or what its floor of real time is on this clock. */
export const staleAfterMs = (
  { stale_after_ms, stale_floor_ms }: Pick<RecoverySettings, 'stale_after_ms' | 'stale_floor_ms'>,
  speed: number,
): number => Math.max(stale_after_ms, stale_floor_ms * speed);

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;
