/**
 * Looks after the pipeline's health, snapshot by snapshot.
 *
 *   watching ──a signal──▶ noticed ──it lasts `notice_ms`──▶ acting ──its wait is over, still bad──▶ acting, the next step …
 *      ▲                      │gone                            │                                        │none is left
 *      │◀─────────────────────┘                                │                                        ▼
 *      │◀──no signal for `healthy_for_ms`, newer bars: recovered, with its duration────────────── exhausted: paged once,
 *      └◀──the pipeline is not wanted any more, or no bar is owed: lapsed                      the steps again after `cool_down_ms`
 *
 * While hands are off (`hands-off.ts`) everything stays as it is. What to do is decided by `decide-recovery.ts` from what is
 * kept here; limits count over episodes, for as long as this process lives.
 */
import {
  type Alert,
  type ChildContext,
  componentOf,
  istIso,
  istTimeOf,
  type Logger,
  type MarketClock,
  type Moment,
  momentOf,
  monotonicMs,
  type SystemStatus,
  wallClockMs,
} from '@rtp/core';
import type { EventSink } from '../events/event-sink.ts';
import type { PipelineMemory } from '../pipeline-memory.ts';
import { type BarGaps, ordinaryAgeMs, rememberBarGaps } from './bar-gaps.ts';
import { DAY_MS, decideRecovery, type RecoveryStep, type StepTaken } from './decide-recovery.ts';
import { DONE, type Episode, episodeOf, isKept, type OpenEpisode, openEpisode, signalsIn } from './episode.ts';
import { type HandsOff, handsOff } from './hands-off.ts';
import { type RecoverySettings, rememberSignals, type Signal, type SignalMemory, signalsOf } from './signals.ts';

export interface RecoveryOptions {
  readonly clock: MarketClock;
  readonly settings: RecoverySettings;
  readonly logger: Logger;
  readonly events: EventSink;
  readonly request: ChildContext['request'];
  /** Tells a person: nothing is left to try. */
  readonly page: (alert: Alert) => void;
  /** Real milliseconds, monotonic. */
  readonly realNow?: () => number;
}

/** What a look is made of. */
export interface RecoveryLook {
  readonly system: SystemStatus;
  readonly wanted: 'up' | 'down';
  readonly memory: PipelineMemory;
  /** Age of the newest bar in market ms, as health judges it; null while none is owed. */
  readonly dataAgeMs: number | null;
}

export class Recovery {
  private readonly options: RecoveryOptions;
  private readonly realNow: () => number;
  private signalMemory: SignalMemory | null = null;
  private barGaps: BarGaps | null = null;
  private ready: { readonly pid: number; readonly since: Moment } | null = null;
  private open: OpenEpisode | null = null;
  private recent: StepTaken[] = [];
  private ended: readonly Episode[] = [];
  private handsOffReason = '';

  constructor(options: RecoveryOptions) {
    this.options = options;
    this.realNow = options.realNow ?? monotonicMs;
  }

  /** The newest episodes in which something was done, oldest first; the one that lasts is the last. */
  get episodes(): readonly Episode[] {
    const { open } = this;
    if (open === null || !isKept(open)) return this.ended;
    return [...this.ended, episodeOf(open, null, this.options.clock.now())];
  }

  /** What is being done, for people; empty while nothing is. */
  get text(): string {
    const { open } = this;
    if (open === null) return '';
    const last = open.recorded.at(-1);
    const parts = [signalsIn(open)];
    if (last !== undefined) parts.push(`${DONE[last.step]} at ${istTimeOf(last.at)}`);
    if (open.exhaustedAt !== null) parts.push('nothing is left to try');
    if (open.goodSince !== null) parts.push('better, watched for a while');
    if (this.handsOffReason !== '') parts.push(`waiting: ${this.handsOffReason}`);
    return parts.join('; ');
  }

  /** That a person has to look, and at what; empty while that is not so. */
  get degraded(): string {
    const { open } = this;
    return open === null || !open.isPaged ? '' : `recovery has not helped: ${signalsIn(open)}`;
  }

  /** Takes in a snapshot of the system. */
  observe(look: RecoveryLook): void {
    const { clock, settings } = this.options;
    const now = momentOf(clock.now(), this.realNow());
    const { running } = look.memory;
    const report = running?.phase === 'session' ? running : null;
    const line = componentOf(look.system, 'pipeline');
    const pid = line?.pid ?? null;
    this.noteReady(pid, line?.state === 'ready' || line?.state === 'degraded', now);
    this.barGaps = rememberBarGaps(this.barGaps, look.memory.lastDataUpdate, look.dataAgeMs !== null, now.at);
    this.signalMemory = rememberSignals(this.signalMemory, pid, report, now, settings);
    const off = handsOff({ ...look, report: running, readySince: this.ready?.since ?? null, now, settings });
    this.handsOffReason = off?.reason ?? '';
    if (off !== null) {
      if (off.isOver) this.end('lapsed', now, off);
      return;
    }
    const inputs = { memory: this.signalMemory, report, dataAgeMs: look.dataAgeMs, speed: clock.speed, now, settings };
    this.act(signalsOf({ ...inputs, ordinaryAgeMs: ordinaryAgeMs(this.barGaps) }), look, now);
  }

  private noteReady(pid: number | null, isReady: boolean, now: Moment): void {
    if (pid === null || !isReady) this.ready = null;
    else if (this.ready?.pid !== pid) this.ready = { pid, since: now };
  }

  private act(signals: readonly Signal[], look: RecoveryLook, now: Moment): void {
    const { lastDataUpdate } = look.memory;
    if (this.open === null) {
      if (signals.length === 0) return;
      this.open = openEpisode(now, lastDataUpdate);
    }
    const { open } = this;
    for (const { kind, text } of signals) open.texts.set(kind, text);
    open.goodSince = signals.length === 0 ? (open.goodSince ?? now) : null;
    this.recent = this.recent.filter(({ at }) => now.at - at.at < DAY_MS);
    if (signals.length === 0 && !isKept(open)) {
      this.open = null;
      return;
    }
    const isMissingBars = open.texts.has('stale-data') || open.texts.has('stuck');
    const decision = decideRecovery({
      now,
      signals,
      episode: {
        noticedAt: open.noticedAt,
        steps: open.pass,
        exhaustedAt: open.exhaustedAt,
        goodSince: open.goodSince,
        hasFreshData: !isMissingBars || (lastDataUpdate ?? 0) > (open.newestBar ?? 0),
      },
      recent: this.recent,
      settings: this.options.settings,
    });
    if (decision.do === 'step') this.take(decision.step, open, now);
    else if (decision.do === 'page') this.page(decision.why, open, look.system, now);
    else if (decision.do === 'start-over') {
      open.pass = [];
      open.exhaustedAt = null;
    } else if (decision.do === 'recovered') this.end('recovered', now, null);
  }

  private take(step: RecoveryStep, open: OpenEpisode, now: Moment): void {
    const { logger, request } = this.options;
    const taken: StepTaken = { step, at: now };
    open.pass.push(taken);
    this.recent.push(taken);
    // A step is judged by what comes after it.
    this.signalMemory = null;
    const position = open.recorded.push({ step, at: now.at, answer: '' }) - 1;
    const reason = signalsIn(open);
    logger.warn(`recovery: ${step}`, { reason });
    this.tell('step', open, now, { step });
    const component = step === 'restart-store' ? 'store' : 'pipeline';
    const what = step === 'reconnect-source' ? { name: step, reason } : 'restart';
    void request({ component, what, reason, actor: 'health' }).then(({ ok, text }) => {
      logger[ok ? 'info' : 'warn'](`recovery: ${step} was answered`, { ok, text });
      open.recorded[position] = { step, at: now.at, answer: text };
    });
  }

  private page(why: string, open: OpenEpisode, system: SystemStatus, now: Moment): void {
    open.exhaustedAt = now;
    if (open.isPaged) return;
    open.isPaged = true;
    const tried = open.recorded.map(({ step, at }) => `${DONE[step]} at ${istTimeOf(at)}`);
    const summary = `${signalsIn(open)}; ${tried.join(', ') || 'nothing could be tried'}; ${why}.`;
    this.tell('exhausted', open, now, { why });
    this.options.page({
      kind: 'recovery-exhausted',
      at: wallClockMs(),
      component: 'pipeline',
      summary,
      fix: 'Look at `rtp status` and `rtp logs pipeline`: the broker, the network or the account may be the cause.',
      lastExit: componentOf(system, 'pipeline')?.lastExit ?? null,
      stderr: [],
      deaths: {},
    });
  }

  private end(end: 'recovered' | 'lapsed', now: Moment, off: HandsOff | null): void {
    const { open } = this;
    this.open = null;
    if (open === null || !isKept(open)) return;
    const episode = episodeOf(open, end, now.at);
    this.ended = [...this.ended, episode].slice(-this.options.settings.episodes_kept);
    const durationSeconds = Math.round(episode.durationMs / 1_000);
    this.options.logger.info(end === 'recovered' ? 'recovered' : 'recovery has lapsed', {
      durationSeconds,
      signals: episode.signals,
      steps: episode.steps.map(({ step }) => step),
      ...(off !== null && { reason: off.reason }),
    });
    this.tell(end, open, now, { duration_seconds: durationSeconds });
  }

  private tell(state: string, open: OpenEpisode, now: Moment, more: Readonly<Record<string, unknown>>): void {
    this.options.events.publish('recovery', { at: istIso(now.at), state, signals: [...open.texts.values()], ...more });
  }
}
