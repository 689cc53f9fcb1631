/**
 * The live feed as a source of every group it carries: one socket, watched as a whole and by group.
 *
 *   socket: unconnected ──open──▶ connected ──closed, or mute as a whole and therefore made anew──▶ unconnected
 *
 *   group:  flowing ──the socket, or the group alone, is silent for longer than its limit──▶ stalled
 *              ▲                                                      heard again│   ▲silent again
 *              └────heard for `feed_recovery_ms` without a long silence──── resumed ─┘
 *
 * A group that is silent for longer than is ordinary for it is *hushed* before it is stalled: quotes are asked for beside it.
 * Between windows, and while nothing of a group trades, its silence is right; before a closing auction it tells nothing, so
 * that a group that is stalled then stays so until its minutes end. A thin universe is given several of its own
 * mean gaps before its silence means anything. A mute group on a socket that flows is subscribed to anew: a new connection
 * would cost all the others a gap.
 */
import { type EpochMs, type Instrument, type MarketClock, type Moment, momentOf, type RtpConfig } from '@rtp/core';
import type { FeedClient, FeedFailure } from '@rtp/dhan';
import type { BarBuilder } from '../bars/bar-builder.ts';
import type { GroupWatch } from './group-watch.ts';
import type { LiveGroup } from './live-groups.ts';
import { type LiveSource, type SourceHealth, UP } from './live-source.ts';
import { isOver, Silence } from './silence.ts';

/** The part of the feed client's options that a source fills in. */
export interface FeedHandlers {
  readonly builder: BarBuilder;
  onOpen(): void;
  onClose(reason: string): void;
  onFailure(failure: FeedFailure): void;
}
export type OpenFeed = (instruments: readonly Instrument[], handlers: FeedHandlers) => FeedClient;

export interface FeedSourceOptions {
  readonly clock: MarketClock;
  readonly config: RtpConfig['pipeline'];
  readonly builder: BarBuilder;
  readonly watch: GroupWatch;
  /** In slot order. */
  readonly instruments: readonly Instrument[];
  /** Those of the feed. */
  readonly groups: readonly LiveGroup[];
  readonly open: OpenFeed;
  /** Since when the group's silence would mean something; null while it does not. */
  loudSince(group: LiveGroup, now: EpochMs): EpochMs | null;
  /** Whether anything of the group trades, be its silence telling or not. */
  isTrading(group: LiveGroup, now: EpochMs): boolean;
  /** How far trades may lag behind, market ms. */
  lagMs(): number;
  /** The connection is gone: nothing is brought any more. */
  onLost(): void;
}

interface GroupState {
  readonly group: LiveGroup;
  readonly silence: Silence;
  /** Null while it flows. */
  stalledAt: EpochMs | null;
  /** Since when a stalled group has been heard again without a long silence. */
  resumedAt: EpochMs | null;
  retriedAt: EpochMs;
  health: SourceHealth;
}

export class FeedSource {
  private readonly options: FeedSourceOptions;
  private readonly client: FeedClient;
  private readonly socket: Silence;
  private readonly states: readonly GroupState[];
  /** Why there is no connection; empty before the first attempt has ended. */
  private failure = '';
  private isConnected = false;
  /** When it was made or lost. */
  private turned: Moment;

  constructor(options: FeedSourceOptions) {
    const { clock, groups, instruments } = options;
    const now = clock.now();
    this.options = options;
    this.turned = momentOf(now);
    this.socket = new Silence(now);
    this.states = groups.map((group) => ({
      group,
      silence: new Silence(now),
      stalledAt: null,
      resumedAt: null,
      retriedAt: Number.NEGATIVE_INFINITY,
      health: UP,
    }));
    const carried = groups.flatMap(({ slots }) => slots).sort((a, b) => a - b);
    this.client = options.open(
      carried.map((slot) => instruments[slot] as Instrument),
      {
        builder: options.builder,
        onOpen: () => this.opened(),
        onClose: (reason) => this.closed(reason),
        onFailure: ({ reason }) => {
          this.failure = reason;
        },
      },
    );
  }

  start(): void {
    this.client.start();
  }

  stop(): Promise<void> {
    return this.client.stop();
  }

  /** Makes the connection anew, though its silence has not been judged too long. Returns what is done, for people. */
  reconnect(reason: string): string {
    if (!this.isConnected) return `the feed has no connection (${this.failure || 'no answer yet'}) and keeps trying`;
    this.client.reconnect(reason);
    return 'the feed is connected anew';
  }

  /** Whether the broker turns the feed away for want of a data plan (wire §6.3, 806). */
  get isDenied(): boolean {
    return !this.isConnected && this.client.stats.lastFailure?.kind === 'no_plan';
  }

  /** The feed as the source of one of its groups. */
  of(group: LiveGroup): LiveSource {
    const state = this.states.find((candidate) => candidate.group === group);
    return {
      name: 'feed',
      recoveryMs: this.options.config.feed_recovery_ms,
      health: () => state?.health ?? { isUp: false, reason: 'not on the feed' },
    };
  }

  /** Whether the group has been silent for longer than is ordinary, though not yet for long enough to be given up. */
  isHushed(group: LiveGroup, now: EpochMs): boolean {
    const { builder, config } = this.options;
    const silence = this.states.find((candidate) => candidate.group === group)?.silence;
    silence?.look(now, builder.packetsOf(group.index), this.options.loudSince(group, now));
    return silence?.isOver(now, config.feed_hush_ms, config.feed_stall_floor_ms) ?? false;
  }

  /** Judges socket and groups, and does something about silence. */
  look(now: EpochMs): void {
    const { builder, config } = this.options;
    const since = this.states.map(({ group }) => this.options.loudSince(group, now));
    const socketSince = earliest(since);
    this.socket.look(now, builder.packets, socketSince);
    for (const [position, { group, silence }] of this.states.entries()) {
      silence.look(now, builder.packetsOf(group.index), since[position] ?? null);
    }
    const floorMs = config.feed_stall_floor_ms;
    const isMute = socketSince !== null && this.socket.isOver(now, config.feed_stall_ms, floorMs);
    for (const [position, state] of this.states.entries()) this.judge(state, now, isMute, since[position] ?? null);
    if (!isMute || !this.isConnected) return;
    if (!isOver(this.turned, now, this.socket.limitMs(config.feed_stall_ms), floorMs)) return;
    this.client.reconnect(`feed silent ${forSeconds(now - this.socket.heard.at)}`);
  }

  private opened(): void {
    const now = this.options.clock.now();
    this.isConnected = true;
    this.turned = momentOf(now);
    for (const { group, stalledAt } of this.states) {
      if (stalledAt === null) this.options.watch.delivers('feed', group.index, now);
    }
  }

  private closed(reason: string): void {
    const { builder, clock, watch } = this.options;
    const now = clock.now();
    this.isConnected = false;
    this.turned = momentOf(now);
    this.failure = reason;
    const since = earliest(this.states.map(({ group }) => this.options.loudSince(group, now)));
    this.socket.look(now, builder.packets, since);
    for (const { group } of this.states) watch.stops('feed', group.index, this.socket.heard.at - this.options.lagMs());
    this.options.onLost();
  }

  private judge(state: GroupState, now: EpochMs, isMute: boolean, since: EpochMs | null): void {
    const { config } = this.options;
    const { group, silence } = state;
    const floorMs = config.feed_stall_floor_ms;
    // Stalled when its silence begins to mean nothing: until its minutes end nothing shows that it is back.
    const staysStalled = since === null && state.stalledAt !== null && this.options.isTrading(group, now);
    if (since === null && !staysStalled) {
      state.stalledAt = null;
      state.resumedAt = null;
      if (this.isConnected) this.options.watch.delivers('feed', group.index, now);
    } else if (state.stalledAt !== null) this.resume(state, state.stalledAt, now, since !== null);
    else if (isMute || silence.isOver(now, config.feed_class_stall_ms, floorMs)) {
      state.stalledAt = now;
      state.resumedAt = null;
      this.stops(state);
    }
    if (state.stalledAt !== null && state.resumedAt === null && !isMute) this.subscribeAnew(state, now);
    state.health = this.healthOf(state, now, isMute);
  }

  /** A stalled group counts as resumed while it is heard, or goes on to where its silence tells nothing. */
  private resume(state: GroupState, stalledAt: EpochMs, now: EpochMs, isTelling: boolean): void {
    const { config, watch } = this.options;
    const { silence } = state;
    const isSilent = silence.isOver(now, config.feed_recovery_ms / 2, config.feed_stall_floor_ms);
    const isHeard = isTelling ? silence.heard.at > stalledAt && !isSilent : state.resumedAt !== null;
    if (!this.isConnected || !isHeard) {
      state.resumedAt = null;
      this.stops(state);
      return;
    }
    state.resumedAt ??= now;
    watch.delivers('feed', state.group.index, now);
    if (now - state.resumedAt >= config.feed_recovery_ms) state.stalledAt = null;
  }

  private stops({ group, silence }: GroupState): void {
    this.options.watch.stops('feed', group.index, silence.heardFrom - this.options.lagMs());
  }

  private subscribeAnew(state: GroupState, now: EpochMs): void {
    if (!this.isConnected || now - state.retriedAt < this.options.config.feed_class_retry_ms) return;
    state.retriedAt = now;
    this.client.resubscribe(state.group.slots.map((slot) => this.options.instruments[slot] as Instrument));
  }

  private healthOf({ group, silence, stalledAt, resumedAt }: GroupState, now: EpochMs, isMute: boolean): SourceHealth {
    const { config } = this.options;
    if (!this.isConnected) {
      const neverWorked = this.failure !== '' && !this.socket.hasSpoken;
      if (neverWorked || isOver(this.turned, now, config.feed_down_ms, config.feed_stall_floor_ms)) {
        return { isUp: false, reason: `feed down: ${this.failure || 'no connection yet'}` };
      }
    }
    if (stalledAt === null || resumedAt !== null) return UP;
    const silentFor = forSeconds(now - Math.min(silence.heard.at, stalledAt));
    return { isUp: false, reason: isMute ? `feed silent ${silentFor}` : `feed without ${group.name} ${silentFor}` };
  }
}

function earliest(instants: readonly (EpochMs | null)[]): EpochMs | null {
  const known = instants.filter((instant) => instant !== null);
  return known.length === 0 ? null : Math.min(...known);
}

const forSeconds = (ms: number): string => `for ${Math.round(ms / 1_000)} s`;
