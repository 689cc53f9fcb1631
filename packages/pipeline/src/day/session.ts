/**
 * The live part of a day, from preparation to the sweep: feed, bars, seals, repairs.
 *
 *   made ──start──▶ running: live sources build bars, cycles are sealed, suspects are repaired
 *     running ──finish──▶ finished: ended minutes sealed, live sources closed, chart calls ended
 *
 * Afterwards it still answers what live sources saw of a minute: the evidence of the sweep.
 */
import {
  atIst,
  type Bar,
  describeError,
  type EpochMs,
  type Instrument,
  monotonicMs,
  type PipelineReport,
  type SourceReport,
} from '@rtp/core';
import type { Ack, MinuteState } from '@rtp/store-client';
import { BarBuilder } from '../bars/bar-builder.ts';
import type { DayGrid } from '../bars/day-grid.ts';
import { LagMeter } from '../bars/lag-meter.ts';
import { ChartRefresher } from '../charts/chart-refresher.ts';
import { type LiveEvidence, noEvidence } from '../charts/live-evidence.ts';
import { Suspects } from '../charts/suspects.ts';
import { cycleEnds } from '../minute/cycle-ends.ts';
import { graceFor } from '../minute/grace.ts';
import { MinuteSealer } from '../minute/sealer.ts';
import { ClosingCounters } from '../sources/closing-counters.ts';
import { groupOfSlots, liveGroups } from '../sources/live-groups.ts';
import { LiveSources } from '../sources/live-sources.ts';
import type { Universe } from '../universe/resolve-universe.ts';
import type { DayDependencies } from './dependencies.ts';
import { missingRanges } from './missing-ranges.ts';

/** Seals between two rotations of the lag meter. */
const LAG_WINDOW_SEALS = 5;

export class Session {
  private readonly dependencies: DayDependencies;
  private readonly grid: DayGrid;
  private readonly universe: Universe;
  private readonly builder: BarBuilder;
  private readonly lag = new LagMeter();
  private readonly suspects: Suspects;
  private readonly refresher: ChartRefresher;
  private readonly sources: LiveSources;
  private readonly closing: ClosingCounters;
  private readonly sealer: MinuteSealer;
  private readonly slots: ReadonlyMap<number, number>;
  private readonly ending = new AbortController();
  private background: Promise<unknown> = Promise.resolve();
  private sealedThrough = -1;
  private seals = 0;

  constructor(dependencies: DayDependencies, grid: DayGrid, universe: Universe, sweepAt: EpochMs) {
    const { config, clock, client, logger } = dependencies;
    const settings = config.pipeline;
    const { instruments } = universe;
    this.dependencies = dependencies;
    this.grid = grid;
    this.universe = universe;
    this.slots = new Map(instruments.map((instrument, slot) => [instrument.instrumentId, slot]));
    this.suspects = new Suspects(instruments.length, settings.repair_spacing_ms);
    const groups = liveGroups(instruments);
    const groupOf = groupOfSlots(groups, instruments.length);
    this.builder = new BarBuilder({
      grid,
      instruments,
      groupOf,
      dayStartMs: atIst(grid.date, '00:00'),
      gapToleranceMs: settings.gap_tolerance_ms,
      onUnseen: (slot, from, to) => this.suspects.add(slot, from, to, grid.minuteAt(to + 1) + settings.repair_delay_ms),
      onTradeSample: (at) => this.lag.add(clock.now() - at),
    });
    this.refresher = new ChartRefresher({
      clock,
      client,
      logger,
      config: settings,
      grid,
      universe,
      suspects: this.suspects,
      maxInFlight: config.performance.max_workers_data,
      batchSize: config.performance.batch_size,
      isLiveSourceOf: (slot) => !this.sources.isLive(groupOf[slot] as number),
      sealedThrough: () => this.sealedThrough,
      publish: (bars) => void this.deliver(bars),
    });
    this.sources = new LiveSources({
      clock,
      client,
      logger,
      config,
      grid,
      instruments,
      groups,
      builder: this.builder,
      refresher: this.refresher,
      openFeed: dependencies.openFeed,
      lagMs: () => Math.max(this.graceMs, this.lag.p95() ?? 0),
      onTrouble: (text) => dependencies.gauges.setDegraded('source', text),
    });
    this.closing = new ClosingCounters({
      clock,
      client,
      logger,
      config: settings,
      callSize: config.performance.max_symbols_per_batch,
      grid,
      instruments,
    });
    const cycleMs = settings.update_intervals.data_update_seconds * 1_000;
    this.sealer = new MinuteSealer({
      clock,
      cycleEnds: cycleEnds(grid.windows, cycleMs, sweepAt),
      graceMs: () => this.graceMs,
      graceFloorMs: settings.grace_floor_ms,
      seal: (cycleEnd) => this.seal(cycleEnd),
    });
  }

  /** Starts. `stored` is what the store holds of the day: minutes already over that it lacks are asked from charts. */
  start(stored: readonly MinuteState[]): void {
    const { clock, config } = this.dependencies;
    const now = clock.now();
    for (const gap of missingRanges(this.universe.instruments, this.grid, stored, now)) {
      this.suspects.add(gap.slot, gap.from, gap.to, now + config.pipeline.restart_settle_ms);
    }
    this.sealedThrough = Math.min(Math.max(this.grid.indexOf(now), 0), this.grid.minutes) - 1;
    this.sources.start();
    this.sealer.start();
    const { signal } = this.ending;
    this.background = Promise.all([this.sources.run(signal), this.refresher.run(signal), this.closing.run(signal)]);
  }

  /** Seals what has ended, closes the feed, ends quote and chart calls. */
  async finish(): Promise<void> {
    const isFirst = !this.ending.signal.aborted;
    this.ending.abort();
    this.sealer.stop();
    this.deliverSealed(this.builder.seal(this.sealedThrough, this.dependencies.clock.now()), 0);
    await this.sources.stop();
    await this.background;
    if (!isFirst) return;
    const { packets, rejected, outOfSession } = this.builder;
    const { missingRows } = this.sources;
    this.dependencies.logger.info('live sources closed', { packets, rejected, outOfSession, missingRows });
  }

  /** Leaves the live sources as they are and connects to them afresh. Returns what is done, for people. */
  reconnect(reason: string): string {
    return this.sources.reconnect(reason);
  }

  /** Whether the broker turns the feed away for want of a data plan. */
  get isFeedDenied(): boolean {
    return this.sources.isFeedDenied;
  }

  get source(): PipelineReport['source'] {
    return this.sources.source;
  }

  get sourceReason(): string {
    return this.sources.sourceReason;
  }

  get sourceReports(): SourceReport[] {
    return this.sources.reports(this.dependencies.clock.now());
  }

  get outOfSession(): number {
    return this.builder.outOfSession;
  }

  get graceMs(): number {
    return graceFor(this.lag.p95(), this.dependencies.config.pipeline);
  }

  get feedLagP95Ms(): number | null {
    return this.lag.p95();
  }

  /** Where the day stands between preparation and sweep. */
  phaseAt(now: EpochMs): 'prepare' | 'session' | 'gap' {
    if (now < this.grid.openMs) return 'prepare';
    if (now >= this.grid.closeMs) return 'session';
    return this.grid.windows.some((window) => now >= window.openMs && now < window.closeMs) ? 'session' : 'gap';
  }

  /** What live sources saw of an instrument's minutes. */
  evidenceOf(instrument: Instrument): LiveEvidence {
    const slot = this.slots.get(instrument.instrumentId);
    if (slot === undefined) return noEvidence;
    return {
      isWatched: (index) => this.builder.isWatched(slot, index),
      hasMoved: (index) => this.builder.hasMoved(slot, index),
      counterAt: (index) => (index < this.grid.minutes ? this.builder.counterAt(slot, index) : this.closing.of(slot)),
      isCounterBroken: (from, to) => this.builder.isCounterBroken(slot, from, to),
    };
  }

  /** Asks for evidence that is still to be had after the close. */
  gatherEvidence(signal: AbortSignal): Promise<void> {
    return this.closing.ask(signal);
  }

  private seal(cycleEnd: EpochMs): void {
    const through = Math.min(this.grid.indexOf(cycleEnd - 1), this.grid.minutes - 1);
    const minutes = Math.max(0, through - this.sealedThrough);
    this.sealedThrough = Math.max(this.sealedThrough, through);
    this.deliverSealed(this.builder.seal(through, this.dependencies.clock.now()), minutes);
    this.seals += 1;
    if (this.seals % LAG_WINDOW_SEALS === 0) this.lag.rotate();
  }

  private deliverSealed(bars: readonly Bar[], minutes: number): void {
    if (bars.length === 0) return;
    const { gauges } = this.dependencies;
    const sealedAt = monotonicMs();
    const minute = this.grid.minuteAt(this.sealedThrough);
    void this.deliver(bars).then((ack) => {
      if (ack === null || minutes === 0) return;
      gauges.sealToAck.add(monotonicMs() - sealedAt);
      gauges.minutesSealed += minutes;
      gauges.lastSealedMinute = Math.max(gauges.lastSealedMinute ?? 0, minute);
    });
  }

  /** Sends bars; a batch that is not taken is left to the sweep. */
  private async deliver(bars: readonly Bar[]): Promise<Ack | null> {
    const { desk, gauges, logger } = this.dependencies;
    try {
      const ack = await desk.send(this.grid.date, bars, []);
      const newest = bars.reduce((latest, bar) => Math.max(latest, bar.ts), 0);
      gauges.lastDataUpdate = Math.max(gauges.lastDataUpdate ?? 0, newest);
      gauges.barsWritten += ack.inserted + ack.revised;
      if (bars[0]?.source === 'chart') gauges.corrections += ack.revised;
      return ack;
    } catch (error) {
      gauges.errors += 1;
      logger.error('bars not delivered', { bars: bars.length, error: describeError(error) });
      return null;
    }
  }
}
