/**
 * Brings the charts of one window into the spool, one call an instrument.
 *
 *   asking ──answer──▶ spooled ──▶ the next instrument
 *     ├──the day's calls are used up──▶ resting: the count begins anew at midnight, or the sweep has left some ──▶ asking
 *     └──failed──▶ resting, longer each time ──▶ the instrument is asked again after the others
 *
 * An answer without any candle is asked for once more: the broker has moments in which it has nothing (wire §4.6). Where whole
 * dates are missing, daily candles tell whether the instrument was listed and traded on them.
 */
import { describeError, RtpError, type TradingDate, tradingDateOf } from '@rtp/core';
import { type Candles, type ChartRequest, failureBackoff, failureKindOf } from '@rtp/dhan';
import type { DayDependencies } from '../day/dependencies.ts';
import type { CallWindow, CandleSpool, DailyTrace } from './candle-spool.ts';
import type { BackfillProgress } from './progress.ts';
import type { Subject } from './subjects.ts';
import { tradingDates, type WindowPlan } from './window-plan.ts';

/** Daily candles go back to the listing (wire §4.1); no share of today's universe has any before. */
const FIRST_DAILY: TradingDate = '1990-01-01';

export interface FetchOptions {
  readonly plan: WindowPlan;
  readonly spool: CandleSpool;
  readonly progress: BackfillProgress;
  /** Instruments of the whole universe. */
  readonly universe: number;
  readonly signal: AbortSignal;
}

/** Returns the symbols that the broker refused again and again while it answered for others. Errors: the signal's reason. */
export async function fetchWindow(dependencies: DayDependencies, options: FetchOptions): Promise<readonly string[]> {
  const { config, clock, client, logger } = dependencies;
  const { plan, spool, progress, signal } = options;
  const dates = tradingDates(dependencies, plan.window);
  const queue = plan.asked.filter(({ listing }) => !spool.has(plan.window, listing));
  progress.callsDone += plan.asked.length - queue.length;
  const backoff = failureBackoff({
    minMs: config.pipeline.chart_error_min_ms,
    maxMs: config.pipeline.chart_error_max_ms,
  });
  const refusals = new Map<Subject, number>();
  const refused: string[] = [];
  let restUntil = Number.NEGATIVE_INFINITY;
  let isOver = false;
  const rest = (): void => {
    restUntil = clock.now() + config.pipeline.chart_error_max_ms;
    progress.note = "the day's calls are used up; goes on at 00:00";
  };

  const onFailure = (subject: Subject, error: unknown): void => {
    isOver = signal.aborted || !(error instanceof RtpError);
    if (!(error instanceof RtpError) || isOver) throw error;
    if (error.code === 'RTP_DHAN_DAY_CAP_REACHED') {
      rest();
      queue.unshift(subject);
      return;
    }
    const waitMs = backoff.next();
    restUntil = clock.now() + waitMs;
    progress.note = `the broker fails, asked again: ${describeError(error)}`;
    logger.warn('backfill call failed', { symbol: subject.listing.symbol, waitMs, error: describeError(error) });
    const times = (refusals.get(subject) ?? 0) + (isAboutOne(error) ? 1 : 0);
    refusals.set(subject, times);
    if (times <= config.pipeline.chart_retries) queue.push(subject);
    else {
      refused.push(subject.listing.symbol);
      progress.callsDone += 1;
    }
  };
  const worker = async (): Promise<void> => {
    for (let subject = queue.shift(); subject !== undefined && !isOver; subject = queue.shift()) {
      try {
        for (;;) {
          if (client.chartCallsLeftFor('backfill') <= callsForTheMorning(dependencies, options)) rest();
          if (clock.now() >= restUntil) break;
          await clock.sleepUntil(restUntil, { floorMs: config.pipeline.chart_retry_floor_ms, signal });
        }
        spool.write(plan.window, subject.listing, await answerOf(dependencies, subject, plan.window, dates, options));
        backoff.reset();
        progress.note = '';
        progress.callsDone += 1;
      } catch (error) {
        onFailure(subject, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(config.pipeline.backfill_in_flight, queue.length) }, worker));
  return refused;
}

/** Calls that the daily candles of the morning will need: a backfill by night leaves them. */
function callsForTheMorning({ calendar, clock, config }: DayDependencies, { universe }: FetchOptions): number {
  return config.pipeline.daily_official && calendar.sessionAt(clock.now()).phase === 'before_open' ? universe : 0;
}

async function answerOf(
  dependencies: DayDependencies,
  subject: Subject,
  window: CallWindow,
  dates: readonly TradingDate[],
  { progress, signal }: FetchOptions,
): Promise<{ readonly candles: Candles; readonly daily: DailyTrace | null }> {
  const { client } = dependencies;
  const request = { ...chartOf(subject), ...window, priority: 'backfill', signal } as const;
  const candles = await minutesOf(dependencies, request);
  const charted = new Set(candles.ts.map(tradingDateOf));
  if (dates.every((date) => charted.has(date))) return { candles, daily: null };
  progress.callsTotal += 1;
  const daily = await client.dailyCandles({ ...request, from: FIRST_DAILY }).catch(unknownId);
  progress.callsDone += 1;
  return { candles, daily: traceOf(daily, window, subject) };
}

/** The answer to a call for minutes, the second one where the first has none. Errors: those of the broker, the signal's reason. */
export async function minutesOf(
  { clock, config, client }: Pick<DayDependencies, 'clock' | 'config' | 'client'>,
  request: ChartRequest & { readonly signal: AbortSignal },
): Promise<Candles> {
  const candles = await client.intradayCandles(request).catch(unknownId);
  if (candles.ts.length > 0) return candles;
  const { chart_retry_ms, chart_retry_floor_ms } = config.pipeline;
  await clock.sleep(chart_retry_ms, { floorMs: chart_retry_floor_ms, signal: request.signal });
  return client.intradayCandles(request).catch(unknownId);
}

/** An index has no volume on any date. */
function traceOf({ ts, volume }: Candles, { from }: CallWindow, { listing }: Subject): DailyTrace {
  const dates = ts.map(tradingDateOf);
  const hasTraded = (index: number): boolean => listing.class === 'index' || (volume[index] as number) > 0;
  return {
    listedFrom: dates[0] ?? null,
    traded: dates.filter((date, index) => date >= from && hasTraded(index)),
  };
}

/** How charts know a subject. */
export const chartOf = ({
  listing,
}: Subject): Pick<
  Parameters<DayDependencies['client']['intradayCandles']>[0],
  'segment' | 'securityId' | 'instrument'
> => ({
  segment: listing.segment,
  securityId: listing.securityId,
  instrument: listing.class === 'index' ? 'INDEX' : 'EQUITY',
});

/** An id that the broker does not take has no candles. Errors: any other. */
export function unknownId(error: unknown): Candles {
  if (failureKindOf(error) === 'bad_request') return { ts: [], open: [], high: [], low: [], close: [], volume: [] };
  throw error;
}

/** Whether a failure may be this instrument's own, and not the broker's, the network's or the account's. */
function isAboutOne(error: unknown): boolean {
  const kind = failureKindOf(error);
  return kind === 'malformed' || kind === 'server';
}
