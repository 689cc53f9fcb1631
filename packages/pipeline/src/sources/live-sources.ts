/**
 * Where the live minutes come from: feed, batch quotes and charts side by side, and for each group of instruments a switch
 * that says which of them is answerable.
 *
 *   made ──start──▶ the feed connects ──run──▶ sources are judged several times per limit; quotes are polled for groups that
 *   the feed does not bring; a group with neither is carried by charts ──stop──▶ the feed is closed
 *
 * The minute is sealed with whatever there is: nothing here stops it.
 */
import type { EpochMs, Instrument, Logger, MarketClock, PipelineReport, RtpConfig, SourceReport } from '@rtp/core';
import type { DhanClient } from '@rtp/dhan';
import type { BarBuilder } from '../bars/bar-builder.ts';
import type { DayGrid } from '../bars/day-grid.ts';
import type { ChartRefresher } from '../charts/chart-refresher.ts';
import { ChartSource } from './chart-source.ts';
import { FeedSource, type OpenFeed } from './feed-source.ts';
import { GroupWatch } from './group-watch.ts';
import { isTrading, type LiveGroup, loudSince } from './live-groups.ts';
import { QuoteSource } from './quote-source.ts';
import { SourceSwitch } from './source-switch.ts';

/** Looks at the sources per limit that they are held to. */
const LOOKS_PER_LIMIT = 2.5;
const LOOK_MIN_MS = 500;
const LOOK_FLOOR_MS = 50;

export interface LiveSourcesOptions {
  readonly clock: MarketClock;
  readonly client: Pick<DhanClient, 'quotes'>;
  readonly logger: Logger;
  readonly config: RtpConfig;
  readonly grid: DayGrid;
  /** In slot order. */
  readonly instruments: readonly Instrument[];
  readonly groups: readonly LiveGroup[];
  readonly builder: BarBuilder;
  readonly refresher: Pick<ChartRefresher, 'failures' | 'isSpent' | 'confirmedUntil'>;
  readonly openFeed: OpenFeed;
  /** How far trades may lag behind, market ms. */
  lagMs(): number;
  /** What is wrong with the live minutes; empty while nothing is. */
  onTrouble(text: string): void;
}

interface GroupSwitch {
  readonly group: LiveGroup;
  readonly choice: SourceSwitch;
}

export class LiveSources {
  private readonly options: LiveSourcesOptions;
  private readonly feed: FeedSource;
  private readonly quotes: QuoteSource;
  private readonly watch: GroupWatch;
  private readonly switches: readonly GroupSwitch[];

  constructor(options: LiveSourcesOptions) {
    const { clock, config, builder, groups, grid } = options;
    const settings = config.pipeline;
    this.options = options;
    this.watch = new GroupWatch({
      builder,
      groups: groups.length,
      lagMs: options.lagMs,
      onWatched: (group, at) =>
        void clock.setTimer(at + settings.repair_delay_ms, () => builder.reportUnresolved(group)),
    });
    const shared = {
      ...options,
      config: settings,
      watch: this.watch,
      loudSince: (group: LiveGroup, now: EpochMs) => loudSince(group, grid, now, settings.auction_quiet_ms),
      isTrading: (group: LiveGroup, now: EpochMs) => isTrading(group, grid, now),
    };
    this.feed = new FeedSource({
      ...shared,
      groups: groups.filter(({ isOnFeed }) => isOnFeed),
      open: options.openFeed,
      onLost: () => this.quotes.wake(),
    });
    this.quotes = new QuoteSource({
      ...shared,
      callSize: config.performance.max_symbols_per_batch,
      isWanted: (group, now) => this.needsQuotes(group, now),
    });
    const charts = new ChartSource(options.refresher, settings.source_failures);
    this.switches = groups.map((group) => {
      const live = [this.quotes.of(group), charts];
      if (group.isOnFeed) live.unshift(this.feed.of(group));
      return { group, choice: new SourceSwitch(live, clock.now()) };
    });
  }

  start(): void {
    for (const { group } of this.switches) {
      if (group.isOnFeed) continue;
      this.options.logger.warn(`${group.slots.length} instruments are more than the feed takes: quotes bring them`);
    }
    this.feed.start();
  }

  /** Judges and polls until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.lookOn(signal), this.quotes.run(signal)]);
  }

  stop(): Promise<void> {
    return this.feed.stop();
  }

  /** Connects to the feed anew and asks for quotes at once, where they are wanted. Returns what is done, for people. */
  reconnect(reason: string): string {
    const done = this.feed.reconnect(reason);
    this.quotes.wake();
    return done;
  }

  /** As `FeedSource.isDenied`. */
  get isFeedDenied(): boolean {
    return this.feed.isDenied;
  }

  /** Whether feed or quotes carry the group of that number now. */
  isLive(group: number): boolean {
    const current = this.switches[group]?.choice.current;
    return current === 'feed' || current === 'quote';
  }

  /** The source of the group that is worst off, of those that trade if any does. */
  get source(): PipelineReport['source'] {
    return this.worst(this.options.clock.now())?.choice.current ?? 'none';
  }

  get sourceReason(): string {
    return this.worst(this.options.clock.now())?.choice.reason ?? '';
  }

  /** Rows that quote answers have lacked. */
  get missingRows(): number {
    return this.quotes.missingRows;
  }

  reports(now: EpochMs): SourceReport[] {
    return this.switches.map(({ group, choice }) => ({
      group: group.name,
      symbols: group.slots.length,
      source: choice.current,
      since: choice.since,
      reason: group.isOnFeed ? choice.reason : choice.reason || 'more than the feed takes',
      stale: this.staleOf(group, now),
      isStill: this.quotes.isStill(group),
    }));
  }

  private async lookOn(signal: AbortSignal): Promise<void> {
    const { clock, config, grid, logger } = this.options;
    const { feed_hush_ms: hushMs, feed_stall_ms: stallMs, feed_recovery_ms: recoveryMs } = config.pipeline;
    const lookMs = Math.max(LOOK_MIN_MS, Math.min(hushMs, stallMs, recoveryMs) / LOOKS_PER_LIMIT);
    while (!signal.aborted) {
      const now = clock.now();
      this.feed.look(now);
      this.quotes.look(now);
      for (const { group, choice } of this.switches) {
        if (!choice.look(now)) continue;
        const isWorse = choice.rank > 0 && isTrading(group, grid, now);
        logger[isWorse ? 'warn' : 'info'](`live source of ${group.name}: ${choice.current}`, { reason: choice.reason });
      }
      this.options.onTrouble(this.troubleAt(now));
      await clock.sleep(lookMs, { floorMs: LOOK_FLOOR_MS, signal }).catch(() => {});
    }
  }

  private needsQuotes(group: LiveGroup, now: EpochMs): boolean {
    const { grid, config } = this.options;
    const marginMs = config.pipeline.quote_margin_ms;
    if (![now - marginMs, now, now + marginMs].some((instant) => isTrading(group, grid, instant))) return false;
    if (this.switches[group.index]?.choice.current !== 'feed') return true;
    return !this.watch.isDelivering('feed', group.index) || this.feed.isHushed(group, now);
  }

  private worst(now: EpochMs): GroupSwitch | undefined {
    const trading = this.switches.filter(({ group }) => isTrading(group, this.options.grid, now));
    const considered = trading.length > 0 ? trading : this.switches;
    return considered.toSorted((a, b) => b.choice.rank - a.choice.rank)[0];
  }

  private troubleAt(now: EpochMs): string {
    const trading = this.switches.filter(({ group }) => isTrading(group, this.options.grid, now));
    const texts = new Map<string, string[]>();
    for (const { group, choice } of trading) {
      if (choice.rank === 0) continue;
      const text = `live source ${choice.current}: ${choice.reason}`;
      texts.set(text, [...(texts.get(text) ?? []), group.name]);
    }
    const parts = [...texts].map(([text, names]) => `${names.join(', ')} on ${text}`);
    const stale = trading.reduce((total, { group }) => total + this.staleOf(group, now), 0);
    if (stale > 0) parts.push(`${stale} instruments are stale`);
    return parts.join('; ');
  }

  /** Instruments in trading hours of which nothing newer than the limit is known. */
  private staleOf(group: LiveGroup, now: EpochMs): number {
    const { builder, config, grid, instruments, refresher } = this.options;
    const window = grid.windows.find(({ openMs, closeMs }) => now >= openMs && now < closeMs);
    if (window === undefined) return 0;
    const limit = now - config.pipeline.stale_after_ms;
    if (window.openMs > limit) return 0;
    let stale = 0;
    for (const slot of group.slots) {
      if (!grid.isTrading((instruments[slot] as Instrument).class, now)) continue;
      if (Math.max(builder.seenUntil(slot), refresher.confirmedUntil(slot)) <= limit) stale += 1;
    }
    return stale;
  }
}
