import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Logger, type MarketClock, nodeHttp, type RtpConfig, type SimulatorReport, silentLogger } from '@rtp/core';
import { TokenDesk } from './auth/token-desk.ts';
import { type Counters, newCounters } from './counters.ts';
import { simulatorErrors } from './errors.ts';
import { ChartDistortion } from './faults/chart-distortion.ts';
import { FaultSchedule } from './faults/fault-schedule.ts';
import { FeedServer } from './feed/feed-server.ts';
import { Market } from './market/market.ts';
import type { MarketDay } from './market/market-day.ts';
import { Account } from './rest/account.ts';
import { Charts } from './rest/charts.ts';
import { Quotes } from './rest/quotes.ts';
import { RestServer } from './rest/rest-server.ts';
import { Router } from './rest/router.ts';
import { SlidingSecond } from './rest/sliding-second.ts';

const HOST = '127.0.0.1';
/** Quote calls a sliding second allows, the three paths together (wire §6.1). */
const QUOTE_CALLS_PER_SECOND = 1;
/** The feed's keep-alive, in real time (wire §7.1). */
const PING_INTERVAL_MS = 10_000;
const PONG_TIMEOUT_MS = 40_000;
/** Real time an idle HTTP connection stays open: longer than clients keep one, so that none is cut as it is used. */
const KEEP_ALIVE_MS = 65_000;
/** How far behind the market the feed may be before it counts as degraded, in real milliseconds. */
const FEED_LAG_REAL_MS = 2_000;

export interface SimulatorOptions {
  readonly day: MarketDay;
  readonly clock: MarketClock;
  readonly config: RtpConfig['simulator'];
  readonly logger?: Logger;
  /** Where the live token survives a restart. */
  readonly tokenMemoryFile?: string;
  /** Real time between pings, and without a pong until a socket is cut. */
  readonly pingIntervalMs?: number;
  readonly pongTimeoutMs?: number;
}

/** `GET /__simulator/state`: what the simulated exchange has done and where it stands. */
export interface SimulatorState extends Readonly<Counters> {
  readonly date: string;
  readonly marketTime: number;
  readonly symbols: number;
  readonly chartCallsPeak: number;
  readonly quoteCallsPeak: number;
  readonly connected: number;
  readonly subscriptions: number;
  /** Market milliseconds that the feed is behind. */
  readonly feedLagMs: number;
  /** How often each fault struck, by name. */
  readonly struck: Readonly<Record<string, number>>;
}

/**
 * A DhanHQ v2 look-alike over one day: REST, tokens, scrip master and the live feed on one loopback port.
 *
 *   created ──listen()──▶ serving, also after the day's last trade ──close()──▶ closed
 */
export class Simulator {
  /** What really happens on the exchange. */
  readonly market: Market;
  private readonly options: SimulatorOptions;
  private readonly counters = newCounters();
  private readonly faults: FaultSchedule;
  private readonly feed: FeedServer;
  private readonly chartLimit: SlidingSecond;
  private readonly quoteLimit: SlidingSecond;
  private readonly server: Server;

  constructor(options: SimulatorOptions) {
    this.options = options;
    const { clock, config, logger = silentLogger } = options;
    this.market = new Market(options.day, config);
    const { market } = this;
    const { day } = market;
    const { counters } = this;
    const tokens = new TokenDesk(clock, options.tokenMemoryFile);
    this.faults = new FaultSchedule(clock, day.date, { seed: config.fault_seed, faults: config.faults }, logger);
    const { faults } = this;
    this.chartLimit = new SlidingSecond(clock, config.chart_calls_per_second);
    this.quoteLimit = new SlidingSecond(clock, QUOTE_CALLS_PER_SECOND);
    const publication = { delayMs: config.publication_delay_ms, noTradeMinutes: config.no_trade_minutes };
    const router = new Router({
      day,
      clock,
      tokens,
      faults,
      charts: new Charts({
        market,
        clock,
        distortion: new ChartDistortion(market, faults),
        counters,
        limit: this.chartLimit,
        callsPerDay: config.chart_calls_per_day,
        publication,
        timedToDate: config.timed_to_date,
      }),
      quotes: new Quotes({ day, clock, faults, counters, limit: this.quoteLimit }),
      account: new Account(tokens, clock, faults, counters),
      state: () => this.state(),
    });
    this.feed = new FeedServer({
      day,
      clock,
      tokens,
      faults,
      counters,
      logger,
      conflationMs: config.conflation_ms,
      maxPacketsPerFrame: config.max_packets_per_frame,
      pingIntervalMs: options.pingIntervalMs ?? PING_INTERVAL_MS,
      pongTimeoutMs: options.pongTimeoutMs ?? PONG_TIMEOUT_MS,
    });
    const rest = new RestServer(router, clock, faults, counters, logger);
    this.server = nodeHttp.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) =>
      rest.onRequest(request, response),
    );
    this.server.on('upgrade', (request, socket, head) => this.feed.onUpgrade(request, socket, head));
    faults.onReplaced((events) => market.replaceEvents(events, clock.now()));
    for (const event of ['halt', 'split'] as const) faults.onBegin(event, (begun) => begun.strike());
    faults.start();
  }

  /** Starts to serve; returns the base URL. Errors: RTP_SIMULATOR_PORT_IN_USE. */
  async listen(port: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.server.once('error', reject);
    this.server.listen(port, HOST, () => resolve());
    try {
      await promise;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
      throw simulatorErrors.create('RTP_SIMULATOR_PORT_IN_USE', `${HOST}:${port} is taken.`);
    }
    this.server.removeListener('error', reject);
    return this.url;
  }

  /** Base URL; the feed has the same host and port. */
  get url(): string {
    return `http://${HOST}:${(this.server.address() as AddressInfo).port}`;
  }

  state(): SimulatorState {
    const { day, clock } = this.options;
    return {
      ...this.counters,
      date: day.date,
      marketTime: clock.now(),
      symbols: day.instruments.length,
      chartCallsPeak: this.chartLimit.peak,
      quoteCallsPeak: this.quoteLimit.peak,
      connected: this.feed.connected,
      subscriptions: this.feed.subscriptions,
      feedLagMs: this.feed.engine.lagMs,
      struck: this.faults.struck,
    };
  }

  report(): SimulatorReport {
    const { day, clock } = this.options;
    const lagMs = this.feed.engine.lagMs / clock.speed;
    return {
      url: this.url,
      tradingDate: day.date,
      symbols: day.instruments.length,
      packetsSent: this.counters.packetsSent,
      chartCalls: this.counters.chartCalls,
      quoteCalls: this.counters.quoteCalls,
      rateLimited: this.counters.rateLimited,
      chartCallsPeak: this.chartLimit.peak,
      errors: this.counters.errors,
      degraded: lagMs > FEED_LAG_REAL_MS ? `the feed is ${(lagMs / 1_000).toFixed(1)} s behind` : '',
    };
  }

  /** Cuts every connection. */
  async close(): Promise<void> {
    this.faults.stop();
    this.feed.stop();
    this.server.closeAllConnections();
    if (!this.server.listening) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.server.close(() => resolve());
    await promise;
  }
}
