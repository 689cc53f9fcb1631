import { dirname, join } from 'node:path';
import { type EpochMs, registerSecret, type Segment } from '@rtp/core';
import { z } from 'zod';
import { AccountLease } from '../auth/account-lease.ts';
import { readProfile } from '../auth/profile.ts';
import { TokenKeeper } from '../auth/token-keeper.ts';
import { CallBudget } from '../budget/call-budget.ts';
import { DayCount } from '../budget/day-count.ts';
import { NO_CANDLES } from '../charts/candles.ts';
import { closedMinutes, dailyBody, dailyCandlesOf, intradayBody } from '../charts/chart-request.ts';
import { type QuoteKind, type QuoteRow, quoteBody, readQuotes } from '../quotes/quotes.ts';
import { acceptMaster } from '../scrip-master/last-master.ts';
import { readScripMaster } from '../scrip-master/scrip-master.ts';
import { ClockSkew } from '../wire/clock-skew.ts';
import { failure, failureKindOf } from '../wire/failure-kind.ts';
import { openHttp } from '../wire/http.ts';
import { type Call, Caller } from './caller.ts';
import type { ChartRequest, DhanClient, DhanOptions } from './client-contract.ts';
import { PlanCircuit } from './plan-circuit.ts';

const DEFAULT_MAX_IN_FLIGHT = 8;
/** The broker's own limit of chart calls in any second (wire §6.1). */
const CHART_CALLS_A_SECOND = 5;
/** Beside the token. */
const COUNT_FILE = 'chart-calls.json';
const MASTER_FILE = 'scrip-master.json';

const mintedToken = z.object({ accessToken: z.string().min(1) });

/**
 * Opens the broker's REST side. Nothing is sent before the first call.
 * Errors: RTP_DHAN_CREDENTIALS_MISSING, RTP_DHAN_TOKEN_REJECTED when the given token is not one of this client.
 */
export function createDhanClient(options: DhanOptions): DhanClient {
  const { broker, credentials, clock, logger, tokenFile } = options;
  const maxInFlight = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
  const probed = options.dataPlanProbe ?? { segment: 'IDX_I', securityId: '13' };
  const probeIds = new Map([[probed.segment, [probed.securityId]]]);
  const limits = {
    clock,
    logger,
    pauseMs: broker.rate_limit_pause_ms,
    pauseMaxMs: broker.rate_limit_pause_max_ms,
    recoveryMs: broker.rate_limit_recovery_ms,
  };
  const fileBeside = (name: string): string => join(dirname(tokenFile), name);
  const count = new DayCount(fileBeside(COUNT_FILE), clock);
  const charts = new CallBudget({
    ...limits,
    name: 'chart calls',
    spacingMs: 1_000 / broker.chart_calls_per_second,
    callsASecond: CHART_CALLS_A_SECOND,
    maxInFlight,
    daily: {
      count,
      cap: broker.chart_calls_per_day,
      repairReserve: broker.repair_reserve_calls,
      backfillShare: broker.backfill_daily_share,
    },
  });
  const quotes = new CallBudget({ ...limits, name: 'quote calls', spacingMs: broker.quote_spacing_ms, maxInFlight: 1 });
  const http = openHttp(maxInFlight + 2);
  const skew = new ClockSkew(broker.clock_skew_limit_ms);
  const keeper: TokenKeeper = new TokenKeeper({
    credentials,
    clock,
    logger,
    file: tokenFile,
    spacingMs: broker.mint_spacing_ms,
    onSecret: registerSecret,
    skewMs: () => skew.estimateMs ?? 0,
    mint: async (totp) => {
      const query = new URLSearchParams({ dhanClientId: credentials.clientId, pin: credentials.pin ?? '', totp });
      const url = `${broker.auth_url}/app/generateAccessToken?${query}`;
      const body = await caller.once({ name: 'token mint', method: 'POST', url, headers: {} });
      const parsed = mintedToken.safeParse(body);
      if (!parsed.success) throw failure('malformed', 'The answer to the token mint holds no token.');
      return parsed.data.accessToken;
    },
  });
  const lease =
    options.lease === undefined
      ? null
      : new AccountLease({
          ...options.lease,
          authUrl: broker.auth_url,
          clientId: credentials.clientId,
          retryMs: broker.lease_retry_ms,
          logger,
        });
  const plan: PlanCircuit = new PlanCircuit({
    clock,
    logger,
    retryMs: broker.no_plan_retry_ms,
    probe: () => quote('ltp', probeIds, { plan: 'probe' }),
  });
  const caller = new Caller({
    http,
    keeper,
    lease,
    plan,
    skew,
    clock,
    clientId: credentials.clientId,
    timeoutMs: broker.request_timeout_ms,
    rateLimitRetries: broker.rate_limit_retries,
  });

  const chart = async (
    path: 'intraday' | 'historical',
    body: string,
    request: ChartRequest,
    onSent?: (at: EpochMs) => void,
  ): Promise<unknown> =>
    caller.call({
      name: `charts/${path} ${request.segment} ${request.securityId}`,
      method: 'POST',
      url: `${broker.rest_url}/charts/${path}`,
      body,
      bucket: charts,
      priority: request.priority,
      plan: 'needed',
      signal: request.signal,
      ...(onSent !== undefined && { onSent }),
    });

  const quote = async (
    kind: QuoteKind,
    ids: ReadonlyMap<Segment, readonly string[]>,
    call: Pick<Call, 'plan' | 'signal'>,
  ): Promise<readonly QuoteRow[]> =>
    readQuotes(
      await caller.call({
        name: `marketfeed/${kind}`,
        method: 'POST',
        url: `${broker.rest_url}/marketfeed/${kind}`,
        body: quoteBody(ids),
        bucket: quotes,
        priority: 'live',
        ...call,
      }),
    );

  return {
    clientId: credentials.clientId,
    ensureToken: async ({ minLifeMs = broker.token_renewal_margin_ms, signal } = {}) => {
      await lease?.acquire(signal);
      return keeper.current(minLifeMs, signal);
    },
    feedCredentials: async (rejected) => {
      await lease?.acquire();
      const { token } = rejected === undefined ? await keeper.current() : await keeper.replace(rejected);
      return { token, clientId: credentials.clientId };
    },
    intradayCandles: (request) =>
      orNoCandles(async () => {
        // What was closed when the request left, by the slower of the two clocks, was so when it was answered.
        let sentAt = clock.now();
        const body = await chart('intraday', intradayBody(request), request, (at) => {
          sentAt = at;
        });
        return closedMinutes(body, request, sentAt + Math.min(0, skew.estimateMs ?? 0));
      }),
    dailyCandles: (request) =>
      orNoCandles(async () => dailyCandlesOf(await chart('historical', dailyBody(request), request), request)),
    quotes: (kind, ids, signal) => quote(kind, ids, { plan: 'needed', signal }),
    profile: async (signal) =>
      readProfile(await caller.call({ name: 'profile', method: 'GET', url: `${broker.rest_url}/profile`, signal })),
    probeDataPlan: async (signal) => {
      plan.check();
      await quote('ltp', probeIds, { plan: 'probe', signal });
    },
    scripMaster: (signal) =>
      caller.counted(async () => {
        const url = broker.scrip_master_url;
        const rows = await readScripMaster({ http, url, timeoutMs: broker.scrip_master_timeout_ms, logger, signal });
        acceptMaster(fileBeside(MASTER_FILE), url, rows.length, broker.scrip_master_min_share);
        return rows;
      }),
    chartCallsLeftFor: (priority) => charts.leftFor(priority),
    reserveForSweep: (calls) => charts.reserveForSweep(calls),
    stats: {
      get calls() {
        return caller.calls;
      },
      get errors() {
        return caller.errors;
      },
      get rateLimited() {
        return caller.rateLimited;
      },
      get chartCallsLeft() {
        return charts.report().left;
      },
      get budget() {
        return charts.report();
      },
      get tokenExpiresAt() {
        return keeper.expiresAt;
      },
      get canMint() {
        return keeper.canMint;
      },
      get planLapsedSince() {
        return plan.lapsedSince;
      },
      get leaseHeldBy() {
        return lease?.heldBy ?? null;
      },
      get clockSkewMs() {
        return skew.estimateMs;
      },
    },
    close: async () => {
      caller.close();
      plan.close();
      charts.close();
      quotes.close();
      keeper.close();
      count.flush();
      await http.close();
      lease?.release();
    },
  };
}

/** "No data" in words and empty arrays mean the same: the broker has nothing now (wire §4.6). */
async function orNoCandles<T>(ask: () => Promise<T>): Promise<T | typeof NO_CANDLES> {
  try {
    return await ask();
  } catch (error) {
    if (failureKindOf(error) === 'no_data') return NO_CANDLES;
    throw error;
  }
}
