/**
 * The exchange's own daily candles, of which the broker publishes yesterday's overnight (wire §4.1): their close is the
 * closing auction's. One call an instrument, from ten days before the newest one stored: where a close in common reads
 * otherwise, the share may have had a split or bonus, and its minutes decide.
 */
import { addDays, describeError, type Instrument, RtpError, type TradingDate, tradingDateOf } from '@rtp/core';
import type { Candles } from '@rtp/dhan';
import type { Adjustment, DailyOfficial } from '@rtp/store-client';
import { toStoredBasis } from '../charts/stored-basis.ts';
import type { DayDependencies } from '../day/dependencies.ts';
import { backoffOf } from '../day/sweep-day.ts';
import { untilAnswered } from '../delivery/until-answered.ts';
import { chartOf, minutesOf, unknownId } from './fetch-window.ts';
import { findAdjustments } from './find-adjustments.ts';
import type { HistoryPorts } from './history-ports.ts';
import { splitWarning } from './split-warning.ts';
import { subjectOf } from './subjects.ts';

/** Days before the newest official candle that are asked for again. */
const OVERLAP_DAYS = 10;
/** An instrument without an official candle for longer begins anew. */
const LOOK_BACK_DAYS = 60;
/** Nearer to 1 than this, two readings of a close are no split: the closing auction alone may move it so far (wire §4.5). */
const SUSPICIOUS_CHANGE = 0.03;
/** Failed calls in a row after which the rest is left for later. */
const FAILURES_BORNE = 5;

/** What one round works with. */
interface Round {
  /** The trading day before today. */
  readonly before: TradingDate;
  /** The newest date before today that the store has. */
  readonly held: TradingDate;
  /** Dates the store has. */
  readonly dates: readonly TradingDate[];
  /** By instrument, ascending by date. */
  readonly known: ReadonlyMap<number, readonly DailyOfficial[]>;
  readonly adjustments: readonly Adjustment[];
  readonly signal: AbortSignal;
}

export class DailyOfficialDesk {
  private readonly dependencies: DayDependencies;
  private readonly history: HistoryPorts;
  private readonly today: TradingDate;
  /** Instruments that have been answered for: the broker has no more of them today. */
  private readonly answered = new Set<number>();

  constructor(dependencies: DayDependencies, history: HistoryPorts, today: TradingDate) {
    this.dependencies = dependencies;
    this.history = history;
    this.today = today;
  }

  /**
   * Brings what is missing of the day before, in the order given; what it has when it is told to stop is stored. Its own
   * failures are logged: no session waits for it. Errors: the signal's reason.
   */
  async bring(instruments: readonly Instrument[], signal: AbortSignal): Promise<void> {
    await this.unlessFailed(signal, async () => {
      const round = await this.round(signal);
      if (round === null || round.held !== round.before) return;
      await this.bringMissing(await this.traded(instruments, round), round, signal);
    });
  }

  /**
   * The same for instruments whose minutes of earlier dates are about to be asked for, whatever day the store has last:
   * whether charts have been adjusted since is known of those that are returned. Errors: the signal's reason.
   */
  async check(instruments: readonly Instrument[], signal: AbortSignal): Promise<readonly Instrument[]> {
    if (!this.dependencies.config.pipeline.daily_official) return instruments;
    let unchecked = new Set(instruments);
    await this.unlessFailed(signal, async () => {
      unchecked = await this.bringMissing(instruments, await this.round(signal), signal);
    });
    return instruments.filter((instrument) => !unchecked.has(instrument));
  }

  private async unlessFailed(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const { config, logger } = this.dependencies;
    if (!config.pipeline.daily_official) return;
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      logger.error('official daily candles are left for later', { error: describeError(error) });
    }
  }

  /** Returns those of whom something is missing still. */
  private async bringMissing(
    instruments: readonly Instrument[],
    round: Round | null,
    signal: AbortSignal,
  ): Promise<Set<Instrument>> {
    const { config, logger } = this.dependencies;
    if (round === null) return new Set();
    const missing = instruments.filter(({ instrumentId }) => {
      const isKnown = round.known.get(instrumentId)?.at(-1)?.date === round.before;
      return !isKnown && !this.answered.has(instrumentId);
    });
    const left = new Set(missing);
    if (missing.length === 0) return left;
    logger.info('official daily candles', { date: round.before, symbols: missing.length });
    let failures = 0;
    const worker = async (): Promise<void> => {
      for (let next = missing.shift(); next !== undefined && failures < FAILURES_BORNE; next = missing.shift()) {
        try {
          await this.bringOne(next, round);
          this.answered.add(next.instrumentId);
          left.delete(next);
          failures = 0;
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof RtpError)) throw error;
          failures += error.code === 'RTP_DHAN_DAY_CAP_REACHED' ? FAILURES_BORNE : 1;
          logger.warn('no official daily candle', { symbol: next.symbol, error: describeError(error) });
        }
      }
    };
    await Promise.all(Array.from({ length: config.pipeline.backfill_in_flight }, worker));
    return left;
  }

  /** Null when nothing can be missing: the store has no earlier day. */
  private async round(signal: AbortSignal): Promise<Round | null> {
    const { calendar, store } = this.dependencies;
    const before = calendar.previousTradingDay(this.today);
    const dates = (await this.ask(() => store.dates(), signal)).map(({ date }) => date);
    const held = dates.findLast((date) => date < this.today);
    if (before === null || held === undefined) return null;
    const official = await this.ask(() => store.dailyOfficial(addDays(before, -LOOK_BACK_DAYS), before), signal);
    const known = new Map<number, DailyOfficial[]>();
    for (const row of official.toSorted((a, b) => (a.date < b.date ? -1 : 1))) {
      known.set(row.instrumentId, [...(known.get(row.instrumentId) ?? []), row]);
    }
    return { before, held, dates, known, adjustments: await this.ask(() => store.adjustments(), signal), signal };
  }

  /** Instruments with bars of the newest date held. */
  private async traded(instruments: readonly Instrument[], round: Round): Promise<readonly Instrument[]> {
    const { held, signal } = round;
    const coverage = await this.ask(() => this.dependencies.store.coverage(held), signal);
    const traded = new Set(coverage.instruments.filter(({ bars }) => bars > 0).map(({ instrumentId }) => instrumentId));
    return instruments.filter(({ instrumentId }) => traded.has(instrumentId));
  }

  private async bringOne(instrument: Instrument, round: Round): Promise<void> {
    const { client, clock, store, gauges } = this.dependencies;
    const { before, held, dates, signal } = round;
    const { instrumentId, symbol } = instrument;
    const known = round.known.get(instrumentId) ?? [];
    const newest = known.at(-1)?.date ?? null;
    const from = addDays(newest ?? held, -OVERLAP_DAYS);
    const chart = { ...chartOf(subjectOf(instrument)), priority: 'backfill', signal } as const;
    const candles = await client.dailyCandles({ ...chart, from, to: before }).catch(unknownId);
    let changes = round.adjustments.filter((of) => of.instrumentId === instrumentId);
    if (await this.readsOtherwise(instrument, candles, known, changes, round)) {
      const found = await findAdjustments({
        instrumentId,
        symbol,
        held: [newest ?? held],
        later: dates.filter((date) => date > (newest ?? held)),
        known: changes,
        today: this.today,
        clock,
        logger: this.dependencies.logger,
        stored: (date) => this.ask(() => this.history.storedMinutes(symbol, date), signal),
        charted: (date) => minutesOf(this.dependencies, { ...chart, from: date, to: date }),
      });
      if (found.length > 0) await this.ask(() => store.recordAdjustments(found), signal);
      for (const change of found) gauges.universeWarnings.push(splitWarning(symbol, change));
      changes = [...changes, ...found];
    }
    const rows = onStoredBasis(candles, changes)
      .filter(({ date }) => (newest === null ? date === before : date > newest) && dates.includes(date))
      .map((row) => ({ ...row, instrumentId, knownAt: clock.now() }));
    if (rows.length > 0) await this.ask(() => store.recordDailyOfficial(rows), signal);
  }

  /** Whether a close in common differs by more than an auction explains: with an official candle, else with stored minutes. */
  private async readsOtherwise(
    { symbol }: Instrument,
    candles: Candles,
    known: readonly DailyOfficial[],
    changes: readonly Adjustment[],
    { held, signal }: Round,
  ): Promise<boolean> {
    const closes = new Map(known.map(({ date, close }) => [date, close]));
    if (closes.size === 0) {
      const minutes = await this.ask(() => this.history.storedMinutes(symbol, held), signal);
      const last = minutes.at(-1);
      if (last !== undefined) closes.set(held, last.close);
    }
    return onStoredBasis(candles, changes).some(({ date, close }) => {
      const stored = closes.get(date);
      return stored !== undefined && Math.abs(close / stored - 1) >= SUSPICIOUS_CHANGE;
    });
  }

  private ask<T>(question: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { logger } = this.dependencies;
    return untilAnswered(question, { backoff: backoffOf(this.dependencies), logger, signal });
  }
}

/** Daily candles as they were traded. */
function onStoredBasis(
  candles: Candles,
  changes: readonly Adjustment[],
): Omit<DailyOfficial, 'instrumentId' | 'knownAt'>[] {
  return candles.ts.map((ts, index) => {
    const at = (column: readonly number[]): number[] => column.slice(index, index + 1);
    const { open, high, low, close, volume } = candles;
    const one = { ts: [ts], open: at(open), high: at(high), low: at(low), close: at(close), volume: at(volume) };
    const date = tradingDateOf(ts);
    const traded = toStoredBasis(one, date, changes);
    const first = (column: readonly number[]): number => column[0] as number;
    return {
      date,
      open: first(traded.open),
      high: first(traded.high),
      low: first(traded.low),
      close: first(traded.close),
      volume: first(traded.volume),
    };
  });
}
