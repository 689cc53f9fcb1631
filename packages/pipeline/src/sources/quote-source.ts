/**
 * Batch quotes as a source: snapshots of whole groups, polled while the feed does not bring them.
 *
 *   resting ──wanted──▶ polling: a round at once, every `quote_update_seconds`, at each minute's end ──not wanted──▶ resting
 *
 *   polling: good ──calls fail in a row, none is answered for `quote_stall_ms`, or nothing moves──▶ down ──a good answer──▶ good
 *
 * A round asks for all wanted groups, as many instruments a call as the broker takes; the client spaces the calls. An answer
 * is good for a group with at least half of the rows that were asked for; an instrument that answers lack for
 * `quote_stall_ms` is not delivered. Resting counts as good: nothing is known against it.
 */
import {
  describeError,
  type EpochMs,
  type Instrument,
  type Logger,
  type MarketClock,
  type Moment,
  momentOf,
  type RtpConfig,
} from '@rtp/core';
import type { DhanClient, QuoteRow } from '@rtp/dhan';
import type { BarBuilder } from '../bars/bar-builder.ts';
import type { GroupWatch } from './group-watch.ts';
import type { LiveGroup } from './live-groups.ts';
import { type LiveSource, type SourceHealth, UP } from './live-source.ts';
import { idsOf, keyOf, nextRound } from './quote-round.ts';
import { isOver, Silence } from './silence.ts';

export interface QuoteSourceOptions {
  readonly clock: MarketClock;
  readonly client: Pick<DhanClient, 'quotes'>;
  readonly logger: Logger;
  readonly config: RtpConfig['pipeline'];
  /** Instruments of one call at most. */
  readonly callSize: number;
  readonly builder: BarBuilder;
  readonly watch: GroupWatch;
  /** In slot order. */
  readonly instruments: readonly Instrument[];
  readonly groups: readonly LiveGroup[];
  /** Whether quotes have to bring the group now. */
  isWanted(group: LiveGroup, now: EpochMs): boolean;
  /** Since when quotes of the group that stand still would mean something; null while they do not. */
  loudSince(group: LiveGroup, now: EpochMs): EpochMs | null;
  /** How far trades may lag behind, market ms. */
  lagMs(): number;
}

interface Polling {
  readonly group: LiveGroup;
  /** The start of polling or the newest good answer; null while resting. */
  good: Moment | null;
  /** Failed calls in a row, and why the newest failed. */
  failures: number;
  failure: string;
  /** Rows that showed a trade which was not known. */
  news: number;
  /** None has for longer than the group's silence is ordinary. */
  isStill: boolean;
  silence: Silence;
  health: SourceHealth;
}

export class QuoteSource {
  /** Rows that answers lacked though they were asked for. */
  missingRows = 0;
  private readonly options: QuoteSourceOptions;
  private readonly pollings: readonly Polling[];
  private readonly slots: ReadonlyMap<string, number>;
  /** When a row of each slot was seen last, or its polling began. */
  private readonly seenAt: Float64Array;
  private wasComplete = true;
  /** Ends the wait for the next round. */
  private pause = new AbortController();

  constructor(options: QuoteSourceOptions) {
    const { instruments, clock } = options;
    this.options = options;
    this.slots = new Map(instruments.map((instrument, slot) => [keyOf(instrument), slot]));
    this.seenAt = new Float64Array(instruments.length);
    this.pollings = options.groups.map((group) => ({
      group,
      good: null,
      failures: 0,
      failure: '',
      news: 0,
      isStill: false,
      silence: new Silence(clock.now()),
      health: UP,
    }));
  }

  /** Polls what is wanted until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, config } = this.options;
    signal.addEventListener('abort', () => this.wake(), { once: true });
    while (!signal.aborted) {
      this.pause = new AbortController();
      await this.round(signal);
      const next = nextRound(clock.now(), config.update_intervals.quote_update_seconds * 1_000);
      const floorMs = config.quote_update_floor_ms;
      await clock.sleepUntil(next, { floorMs, signal: this.pause.signal }).catch(() => {});
    }
  }

  /** The next round begins at once: something may be wanted that was not. */
  wake(): void {
    this.pause.abort();
  }

  /** Quotes as the source of one group. */
  of(group: LiveGroup): LiveSource {
    const polling = this.pollings.find((candidate) => candidate.group === group);
    return {
      name: 'quote',
      recoveryMs: this.options.config.quote_recovery_ms,
      health: () => polling?.health ?? UP,
    };
  }

  /** Whether its quotes are asked for, and none has shown a trade for longer than is ordinary. */
  isStill(group: LiveGroup): boolean {
    const polling = this.pollings.find((candidate) => candidate.group === group);
    return polling !== undefined && polling.good !== null && polling.failures === 0 && polling.isStill;
  }

  /** Judges what has been brought. */
  look(now: EpochMs): void {
    const { config, watch } = this.options;
    for (const polling of this.pollings) {
      if (polling.good === null) continue;
      const { group, silence, good } = polling;
      silence.look(now, polling.news, this.options.loudSince(group, now));
      polling.isStill = silence.isOver(now, config.feed_class_stall_ms, config.quote_stall_floor_ms);
      polling.health = this.healthOf(polling, good, now);
      if (polling.health.isUp) continue;
      const goodUntil = polling.isStill ? Math.min(good.at, silence.heardFrom) : good.at;
      watch.stops('quote', group.index, goodUntil - this.options.lagMs());
    }
  }

  private healthOf({ failures, failure, isStill, silence }: Polling, good: Moment, now: EpochMs): SourceHealth {
    const { quote_stall_ms: limitMs, quote_stall_floor_ms: floorMs, source_failures: most } = this.options.config;
    if (failures >= most) return { isUp: false, reason: `${failures} quote calls failed in a row: ${failure}` };
    if (isOver(good, now, limitMs, floorMs)) return { isUp: false, reason: 'quote calls are not answered' };
    if (!isStill) return UP;
    return { isUp: false, reason: `quotes stand still for ${Math.round((now - silence.heard.at) / 1_000)} s` };
  }

  private async round(signal: AbortSignal): Promise<void> {
    const { clock, callSize, isWanted } = this.options;
    const now = clock.now();
    const wanted: Polling[] = [];
    for (const polling of this.pollings) {
      if (!isWanted(polling.group, now)) this.rest(polling);
      else {
        if (polling.good === null) this.begin(polling, now);
        wanted.push(polling);
      }
    }
    const slots = wanted.flatMap(({ group }) => group.slots);
    let missing = 0;
    for (let first = 0; first < slots.length && !signal.aborted; first += callSize) {
      missing += await this.call(new Set(slots.slice(first, first + callSize)), wanted, signal);
    }
    if (signal.aborted || slots.length === 0) return;
    for (const { group } of wanted) this.giveUpMissing(group);
    this.tellMissing(missing);
  }

  private begin(polling: Polling, now: EpochMs): void {
    polling.good = momentOf(now);
    polling.silence = new Silence(now);
    polling.news = 0;
    polling.isStill = false;
    for (const slot of polling.group.slots) this.seenAt[slot] = now;
  }

  private rest(polling: Polling): void {
    if (polling.good === null) return;
    this.options.watch.stops('quote', polling.group.index, polling.good.at - this.options.lagMs());
    polling.good = null;
    polling.failures = 0;
    polling.health = UP;
  }

  /** One call, and what it brings to each group of which it asks something. Returns how many rows it lacked. */
  private async call(asked: ReadonlySet<number>, wanted: readonly Polling[], signal: AbortSignal): Promise<number> {
    const { client, instruments } = this.options;
    const concerned = wanted
      .map((polling) => ({ polling, slots: polling.group.slots.filter((slot) => asked.has(slot)) }))
      .filter(({ slots }) => slots.length > 0);
    let rows: ReadonlyMap<number, QuoteRow>;
    try {
      rows = this.bySlot(await client.quotes('quote', idsOf(asked, instruments), signal));
    } catch (error) {
      if (!signal.aborted) for (const { polling } of concerned) this.fail(polling, describeError(error));
      return 0;
    }
    let missing = 0;
    for (const { polling, slots } of concerned) {
      const found = slots.filter((slot) => rows.has(slot));
      missing += slots.length - found.length;
      if (found.length * 2 < slots.length)
        this.fail(polling, `${found.length} of ${slots.length} instruments answered`);
      else this.take(polling, found, rows);
    }
    return missing;
  }

  private bySlot(rows: readonly QuoteRow[]): ReadonlyMap<number, QuoteRow> {
    const found = new Map<number, QuoteRow>();
    for (const row of rows) {
      const slot = this.slots.get(keyOf(row));
      if (slot !== undefined) found.set(slot, row);
    }
    return found;
  }

  /** Quotes that stand still say nothing before one of them moves. */
  private take(polling: Polling, found: readonly number[], rows: ReadonlyMap<number, QuoteRow>): void {
    const { builder, clock, watch } = this.options;
    const now = clock.now();
    polling.good = momentOf(now);
    polling.failures = 0;
    const quotes = found.map((slot) => ({ slot, row: rows.get(slot) as QuoteRow }));
    const news = quotes.filter(({ slot, row }) => builder.isNews(slot, row.lastTradeTime ?? 0, row.volume)).length;
    polling.news += news;
    if (polling.isStill && news === 0) return;
    polling.isStill = false;
    watch.delivers('quote', polling.group.index, now);
    for (const { slot, row } of quotes) {
      builder.polled(slot, row.lastTradeTime ?? 0, row.lastPrice, row.volume);
      this.seenAt[slot] = now;
    }
  }

  private fail(polling: Polling, reason: string): void {
    polling.failures += 1;
    polling.failure = reason;
    if (polling.failures === 1) this.options.logger.warn('quotes failed', { group: polling.group.name, reason });
  }

  /** An instrument that answers lack for too long is not delivered, though its group is. */
  private giveUpMissing(group: LiveGroup): void {
    const { builder, clock, config, watch } = this.options;
    if (watch.isDelivering('feed', group.index)) return;
    const now = clock.now();
    for (const slot of group.slots) {
      const seenAt = this.seenAt[slot] as number;
      if (now - seenAt >= config.quote_stall_ms) builder.missed(slot, seenAt - this.options.lagMs());
    }
  }

  private tellMissing(rows: number): void {
    this.missingRows += rows;
    const isComplete = rows === 0;
    if (isComplete !== this.wasComplete) {
      this.options.logger[isComplete ? 'info' : 'warn'](isComplete ? 'quotes are complete' : 'quotes lack rows', {
        rows,
      });
    }
    this.wasComplete = isComplete;
  }
}
