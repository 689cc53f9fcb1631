/** What is stored of a symbol over some days, added up: the facts that an analysis judges. */
import type { AbsenceReason, EpochMs, InstrumentClass, TradingDate } from '@rtp/core';
import { dateLiteral, type QueryRunner, queryCoverage, queryDifferences, type SymbolInfo } from '@rtp/store-client';
import { LiveQuality, type SourceQuality } from './live-quality.ts';

/** How much is traded; null for what has no volume. */
export interface Liquidity {
  /** Of the days' medians over minutes with trades, shares. */
  readonly medianVolume: number | null;
  /** The same, rupees: volume times close. */
  readonly medianTurnover: number | null;
  /** Mean over days with trades, rupees. */
  readonly turnoverPerDay: number | null;
  /** Minutes with trades, of those that are known to have or not to have had any; 0 to 1. */
  readonly tradedShare: number | null;
}

export interface SymbolFacts {
  readonly symbol: string;
  readonly class: InstrumentClass;
  /** Days on which it owed minutes. */
  readonly days: number;
  readonly expected: number;
  readonly bars: number;
  /** Expected minutes that a reason settles. */
  readonly absences: number;
  /** Expected minutes still owed. */
  readonly unknown: number;
  readonly pending: number;
  readonly byReason: Readonly<Partial<Record<AbsenceReason, number>>>;
  /** The first of the last days on which every minute it owed was one of no listing; null when there are none. */
  readonly notListedSince: TradingDate | null;
  /** Revisions that others superseded. */
  readonly corrections: number;
  readonly liveQuality: readonly SourceQuality[];
  readonly liquidity: Liquidity;
}

/** Reads the facts of symbols over stored days, day by day. Errors: the engine's. */
export async function readSymbolFacts(
  run: QueryRunner,
  symbols: readonly SymbolInfo[],
  dates: readonly TradingDate[],
  now: EpochMs,
  onDay: (done: number) => void,
): Promise<readonly SymbolFacts[]> {
  const sums = new Map(symbols.map((info) => [info.instrumentId, new FactSum(info)]));
  for (const [done, date] of dates.entries()) {
    for (const coverage of (await queryCoverage(run, date, now)).instruments) {
      sums.get(coverage.instrumentId)?.addCoverage(date, coverage);
    }
    for (const of of await queryDifferences(run, date, date)) sums.get(of.instrumentId)?.quality.add(of);
    for (const activity of await queryActivity(run, date)) sums.get(activity.instrumentId)?.addActivity(activity);
    onDay(done + 1);
  }
  return [...sums.values()].map((sum) => sum.facts());
}

interface Activity {
  readonly instrumentId: number;
  readonly traded: number;
  readonly turnover: number;
  readonly medianVolume: number | null;
  readonly medianTurnover: number | null;
  readonly corrections: number;
}

async function queryActivity(run: QueryRunner, date: TradingDate): Promise<readonly Activity[]> {
  const on = `date = ${dateLiteral(date)}`;
  const rows = await run.rows(`
    SELECT instrument_id::DOUBLE, coalesce(traded, 0)::DOUBLE, coalesce(turnover, 0)::DOUBLE, median_volume::DOUBLE,
      median_turnover::DOUBLE, coalesce(corrections, 0)::DOUBLE
    FROM (SELECT instrument_id, count(*) AS traded, sum(volume * close) AS turnover, median(volume) AS median_volume,
        median(volume * close) AS median_turnover
      FROM bars WHERE ${on} AND volume > 0 GROUP BY instrument_id)
      FULL JOIN (SELECT instrument_id, sum(revision - 1) AS corrections FROM bars WHERE ${on} GROUP BY instrument_id)
        USING (instrument_id)`);
  return rows.map(([instrumentId, traded, turnover, medianVolume, medianTurnover, corrections]) => {
    return { instrumentId, traded, turnover, medianVolume, medianTurnover, corrections } as Activity;
  });
}

type DayOfSymbol = Awaited<ReturnType<typeof queryCoverage>>['instruments'][number];

/** The facts of one symbol while days are added. */
class FactSum {
  readonly quality = new LiveQuality();
  private readonly info: SymbolInfo;
  private readonly counts = { days: 0, expected: 0, bars: 0, absences: 0, unknown: 0, pending: 0 };
  private readonly byReason: Partial<Record<AbsenceReason, number>> = {};
  private readonly medians = { volume: [] as number[], turnover: [] as number[] };
  private notListedSince: TradingDate | null = null;
  private traded = 0;
  private turnover = 0;
  private corrections = 0;

  constructor(info: SymbolInfo) {
    this.info = info;
  }

  addCoverage(date: TradingDate, day: DayOfSymbol): void {
    this.counts.days += 1;
    for (const name of ['expected', 'bars', 'absences', 'unknown', 'pending'] as const) this.counts[name] += day[name];
    for (const [reason, count] of Object.entries(day.byReason) as [AbsenceReason, number][]) {
      this.byReason[reason] = (this.byReason[reason] ?? 0) + count;
    }
    const isNotListed = day.expected > 0 && day.byReason.not_listed === day.expected;
    this.notListedSince = isNotListed ? (this.notListedSince ?? date) : null;
  }

  addActivity({ traded, turnover, medianVolume, medianTurnover, corrections }: Activity): void {
    this.corrections += corrections;
    this.traded += traded;
    this.turnover += turnover;
    if (medianVolume !== null) this.medians.volume.push(medianVolume);
    if (medianTurnover !== null) this.medians.turnover.push(medianTurnover);
  }

  facts(): SymbolFacts {
    const { symbol, class: of } = this.info;
    const { counts, byReason, notListedSince, corrections } = this;
    const liveQuality = this.quality.sources();
    return {
      symbol,
      class: of,
      ...counts,
      byReason,
      notListedSince,
      corrections,
      liveQuality,
      liquidity: this.liquidity(),
    };
  }

  private liquidity(): Liquidity {
    const known = this.counts.bars + (this.byReason.no_trades ?? 0);
    const days = this.medians.turnover.length;
    const hasVolume = this.info.class !== 'index';
    return {
      medianVolume: median(this.medians.volume),
      medianTurnover: median(this.medians.turnover),
      turnoverPerDay: days === 0 ? null : this.turnover / days,
      tradedShare: hasVolume && known > 0 ? this.traded / known : null,
    };
  }
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
