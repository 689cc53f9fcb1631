/**
 * One run of the pipeline, from process start to idleness.
 *
 *   trading day, not sealed: prepare ──▶ session ⇄ gap ──sweep_delay_ms after the last close──▶ sweep ──receipt──▶ job ──▶ done
 *   sealed, or no trading day: job ──▶ done
 *
 *   prepare  token, instruments, missing minutes of earlier days, yesterday's official candles (until shortly before the open);
 *            the feed connects
 *   session  feed to bars, seals, repairs; `gap` between two windows
 *   sweep    official candles of every instrument, then the seal; unknown minutes are repaired until the seal deadline
 *   job      missing minutes of earlier days, and their seals
 *   done     nothing to do until the process is stopped, or a backfill leaves undone what was left to it: job
 *
 * Every start goes this way, whatever the hour: what the store already has decides what is left. A start after the close
 * sweeps at once, a start long before the first window waits for it in `job`.
 *
 * Beside it runs the backfill that was asked for, if one was; what it will bring is not asked for here.
 */
import { type EpochMs, type Instrument, MINUTE_MS, type TradingDate, tradingDateOf } from '@rtp/core';
import { BackfillWorker } from '../backfill/backfill-worker.ts';
import { DailyOfficialDesk } from '../backfill/daily-official.ts';
import { DayGrid } from '../bars/day-grid.ts';
import { unlessAborted } from '../delivery/unless-aborted.ts';
import { untilAnswered } from '../delivery/until-answered.ts';
import type { Universe } from '../universe/resolve-universe.ts';
import { type DayPlan, planDay } from './day-plan.ts';
import type { DayDependencies } from './dependencies.ts';
import { sealLeftOpen } from './left-open.ts';
import { type BringOptions, bringMissingDays, hasMissingDays } from './missing-days.ts';
import { notReconciled } from './missing-ranges.ts';
import { prepareToken, prepareUniverse } from './prepare.ts';
import { Session } from './session.ts';
import { backoffOf, sweepAndSeal } from './sweep-day.ts';

/** Work on earlier days ends this long before the open. */
const QUIET_BEFORE_OPEN_MS = 2 * MINUTE_MS;

export class DayRunner {
  session: Session | null = null;
  private readonly dependencies: DayDependencies;
  private readonly signal: AbortSignal;
  /** Of a process that keeps a history. */
  private readonly official: DailyOfficialDesk | null;
  readonly backfill: BackfillWorker | null;
  private plan: DayPlan | null = null;
  private readonly prepared = Promise.withResolvers<Universe | null>();

  constructor(dependencies: DayDependencies, signal: AbortSignal) {
    const { history, gauges, clock } = dependencies;
    this.dependencies = dependencies;
    this.signal = signal;
    gauges.tradingDate = tradingDateOf(clock.now());
    this.official = history && new DailyOfficialDesk(dependencies, history, gauges.tradingDate);
    this.backfill = history && new BackfillWorker(dependencies, history, this.prepared.promise);
  }

  /**
   * Runs to `done`, and stays there for backfills that may be asked for. Errors: those that need the owner (credentials, configuration, calendar), unexpected ones, the
   * signal's reason.
   */
  async run(): Promise<void> {
    await Promise.all([this.runDate(), this.backfill?.run(this.signal)]);
  }

  private async runDate(): Promise<void> {
    const { calendar, config, gauges, store } = this.dependencies;
    const date = gauges.tradingDate;
    const day = calendar.tradingDay(date);
    const receipt = day === null ? null : await this.ask(() => store.receipt(date));
    let known: readonly Instrument[] = [];
    gauges.sealed = receipt !== null;
    if (day !== null && receipt === null) {
      const plan = planDay(day, {
        prepareLeadMinutes: config.pipeline.prepare_lead_minutes,
        sweepDelayMs: config.pipeline.sweep_delay_ms,
        sealDeadline: config.store.seal_deadline,
      });
      this.plan = plan;
      known = await this.runDay(plan);
    }
    this.prepared.resolve(null);
    for (;;) {
      const leaves = this.backfill?.leaves;
      await this.bringMissingDays(date, known);
      gauges.phase = 'done';
      if (leaves === undefined) return;
      await unlessAborted(leaves, this.signal);
    }
  }

  /** Until when the day needs the token: from its preparation to its seal. */
  tokenNeededUntil(now: EpochMs): EpochMs | null {
    const { plan } = this;
    const isUnderWay = plan !== null && now >= plan.prepareAt && !this.dependencies.gauges.sealed;
    return isUnderWay ? plan.sealDeadline : null;
  }

  /** Ends live work: what has ended is sealed and queued for delivery. */
  async stop(): Promise<void> {
    await this.session?.finish();
  }

  private async runDay(plan: DayPlan): Promise<readonly Instrument[]> {
    const { clock, calendar, gauges, store, logger, desk } = this.dependencies;
    const { date } = plan;
    if (clock.now() < plan.prepareAt) {
      this.prepared.resolve(null);
      await this.bringMissingDays(date, []);
      await clock.sleepUntil(plan.prepareAt, { signal: this.signal });
    }
    gauges.phase = 'prepare';
    await prepareToken(this.dependencies, this.signal, plan.sealDeadline);
    const grid = new DayGrid(calendar, date);
    const stored = await this.ask(() => store.dayState(date));
    const hasRunToday = stored.length > 0;
    const universe = await prepareUniverse(this.dependencies, date, { openMs: plan.openMs, hasRunToday }, this.signal);
    gauges.symbols = universe.instruments.length;
    gauges.sweepTotal = universe.instruments.length;
    logger.info('prepared', { date, symbols: gauges.symbols, priority: universe.priorityCount });
    desk.open(grid, universe.instruments);
    if (clock.now() < plan.sweepAt) {
      const session = new Session(this.dependencies, grid, universe, plan.sweepAt);
      this.session = session;
      session.start(stored);
      // Earlier days first: the day's indicators go on from theirs.
      await this.useTimeBefore(plan, universe);
      this.prepared.resolve(universe);
      const following = desk.follow(this.signal);
      await Promise.all([clock.sleepUntil(plan.sweepAt, { signal: this.signal }), following]);
      await session.finish();
    } else await desk.follow(this.signal);
    this.prepared.resolve(universe);
    await this.sweepDay(plan, grid, universe);
    await this.official?.bring(universe.instruments, this.signal);
    return universe.instruments;
  }

  private async sweepDay(plan: DayPlan, grid: DayGrid, universe: Universe): Promise<void> {
    const { clock, config, client, gauges, store, logger } = this.dependencies;
    gauges.phase = 'sweep';
    const stored = await this.ask(() => store.dayState(plan.date));
    const instruments = notReconciled(universe.instruments, grid, stored);
    gauges.sweepDone = universe.instruments.length - instruments.length;
    const toSweep = new Set(instruments.map((instrument) => instrument.instrumentId));
    logger.info('sweep', { date: plan.date, symbols: instruments.length });
    const { session } = this;
    const receipt = await sweepAndSeal(this.dependencies, {
      grid,
      instruments,
      ...(session !== null && {
        evidenceOf: (instrument: Instrument) => session.evidenceOf(instrument),
        gatherEvidence: () => session.gatherEvidence(this.signal),
      }),
      priority: 'sweep',
      deadline: Math.max(plan.sealDeadline, clock.now() + config.pipeline.sweep_patience_ms),
      mustSeal: true,
      signal: this.signal,
      onFinished: ({ instrumentId }) => {
        if (toSweep.delete(instrumentId)) gauges.sweepDone += 1;
      },
    });
    client.reserveForSweep(0);
    if (receipt === null) return;
    gauges.sealed = true;
    logger.info('sealed', { ...receipt });
  }

  /** Earlier days and official candles are brought while the market has not opened, and given up shortly before it does. */
  private async useTimeBefore(plan: DayPlan, universe: Universe): Promise<void> {
    const { clock } = this.dependencies;
    const until = plan.openMs - QUIET_BEFORE_OPEN_MS;
    if (clock.now() >= until) return;
    const timeUp = new AbortController();
    const timer = clock.setTimer(until, () => timeUp.abort());
    try {
      const signal = AbortSignal.any([this.signal, timeUp.signal]);
      await sealLeftOpen(this.dependencies, plan.date, signal, this.isUnderWay);
      await bringMissingDays(this.dependencies, plan.date, this.bringing(universe.instruments, signal));
      await this.official?.bring(universe.instruments, signal);
    } catch (error) {
      this.signal.throwIfAborted();
      if (!timeUp.signal.aborted) throw error;
    } finally {
      timer.cancel();
    }
  }

  private async bringMissingDays(date: TradingDate, known: readonly Instrument[]): Promise<void> {
    const { gauges } = this.dependencies;
    await sealLeftOpen(this.dependencies, date, this.signal, this.isUnderWay);
    if (!(await hasMissingDays(this.dependencies, date, this.signal, this.isBackfilled))) return;
    gauges.phase = 'job';
    await prepareToken(this.dependencies, this.signal);
    await bringMissingDays(this.dependencies, date, this.bringing(known, this.signal));
  }

  private bringing(known: readonly Instrument[], signal: AbortSignal): BringOptions {
    return { known, official: this.official, isBackfilled: this.isBackfilled, signal };
  }

  private readonly isBackfilled = (date: TradingDate): boolean => this.backfill?.brings(date) ?? false;

  private readonly isUnderWay = (date: TradingDate): boolean => this.backfill?.isUnderWay(date) ?? false;

  private ask<T>(question: () => Promise<T>): Promise<T> {
    const { logger } = this.dependencies;
    return untilAnswered(question, { backoff: backoffOf(this.dependencies), logger, signal: this.signal });
  }
}
