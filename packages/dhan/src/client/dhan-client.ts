import { dirname, join } from 'node:path';
import { registerSecret } from '@rtp/core';
import { z } from 'zod';
import { readProfile } from '../auth/profile.ts';
import { TokenKeeper } from '../auth/token-keeper.ts';
import { CallBudget } from '../budget/call-budget.ts';
import { DayCount } from '../budget/day-count.ts';
import { NO_CANDLES } from '../charts/candles.ts';
import { closedMinutes, dailyBody, dailyCandlesOf, intradayBody } from '../charts/chart-request.ts';
import { quoteBody, readQuotes } from '../quotes/quotes.ts';
import { readScripMaster } from '../scrip-master/scrip-master.ts';
import { failure, failureKindOf } from '../wire/failure-kind.ts';
import { openHttp } from '../wire/http.ts';
import { Caller } from './caller.ts';
import type { ChartRequest, DhanClient, DhanOptions } from './client-contract.ts';

const DEFAULT_MAX_IN_FLIGHT = 8;
/** The broker counts on arrival: a little is left for uneven latency, or every other second would hold a call too many. */
const PACE_MARGIN = 1.05;
const COUNT_FILE = 'chart-calls.json';

const mintedToken = z.object({ accessToken: z.string().min(1) });

/**
 * Opens the broker's REST side. Nothing is sent before the first call.
 * Errors: RTP_DHAN_CREDENTIALS_MISSING, RTP_DHAN_TOKEN_REJECTED when the given token is not one of this client.
 */
export function createDhanClient(options: DhanOptions): DhanClient {
  const { broker, credentials, clock, logger, tokenFile } = options;
  const maxInFlight = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
  const probe = options.dataPlanProbe ?? { segment: 'IDX_I', securityId: '13' };
  const limits = { clock, logger, pauseMs: broker.rate_limit_pause_ms, recoveryMs: broker.rate_limit_recovery_ms };
  const count = new DayCount(join(dirname(tokenFile), COUNT_FILE), clock);
  const charts = new CallBudget({
    ...limits,
    name: 'chart calls',
    spacingMs: (1_000 / broker.chart_calls_per_second) * PACE_MARGIN,
    maxInFlight,
    daily: { count, cap: broker.chart_calls_per_day, backfillShare: broker.backfill_daily_share },
  });
  const quotes = new CallBudget({ ...limits, name: 'quote calls', spacingMs: broker.quote_spacing_ms, maxInFlight: 1 });
  const http = openHttp(maxInFlight + 2);
  const keeper: TokenKeeper = new TokenKeeper({
    credentials,
    clock,
    logger,
    file: tokenFile,
    spacingMs: broker.mint_spacing_ms,
    onSecret: registerSecret,
    mint: async (totp) => {
      const query = new URLSearchParams({ dhanClientId: credentials.clientId, pin: credentials.pin ?? '', totp });
      const url = `${broker.auth_url}/app/generateAccessToken?${query}`;
      const body = await caller.once({ name: 'token mint', method: 'POST', url, headers: {} });
      const parsed = mintedToken.safeParse(body);
      if (!parsed.success) throw failure('malformed', 'The answer to the token mint holds no token.');
      return parsed.data.accessToken;
    },
  });
  const caller = new Caller({
    http,
    keeper,
    clientId: credentials.clientId,
    timeoutMs: broker.request_timeout_ms,
    rateLimitRetries: broker.rate_limit_retries,
  });

  const chart = async (path: 'intraday' | 'historical', body: string, request: ChartRequest): Promise<unknown> =>
    caller.call({
      name: `charts/${path} ${request.segment} ${request.securityId}`,
      method: 'POST',
      url: `${broker.rest_url}/charts/${path}`,
      body,
      bucket: charts,
      priority: request.priority,
      signal: request.signal,
    });

  const quote: DhanClient['quotes'] = async (kind, ids, signal) =>
    readQuotes(
      await caller.call({
        name: `marketfeed/${kind}`,
        method: 'POST',
        url: `${broker.rest_url}/marketfeed/${kind}`,
        body: quoteBody(ids),
        bucket: quotes,
        priority: 'live',
        signal,
      }),
    );

  return {
    clientId: credentials.clientId,
    ensureToken: ({ minLifeMs = broker.token_renewal_margin_ms, signal } = {}) => keeper.current(minLifeMs, signal),
    feedCredentials: async (rejected) => {
      const { token } = rejected === undefined ? await keeper.current() : await keeper.replace(rejected);
      return { token, clientId: credentials.clientId };
    },
    intradayCandles: (request) =>
      orNoCandles(async () => {
        const body = await chart('intraday', intradayBody(request), request);
        return closedMinutes(body, request, clock.now());
      }),
    dailyCandles: (request) =>
      orNoCandles(async () => dailyCandlesOf(await chart('historical', dailyBody(request), request), request)),
    quotes: quote,
    profile: async (signal) =>
      readProfile(await caller.call({ name: 'profile', method: 'GET', url: `${broker.rest_url}/profile`, signal })),
    probeDataPlan: async (signal) => {
      await quote('ltp', new Map([[probe.segment, [probe.securityId]]]), signal);
    },
    scripMaster: (signal) =>
      caller.counted(() =>
        readScripMaster({
          http,
          url: broker.scrip_master_url,
          timeoutMs: broker.scrip_master_timeout_ms,
          logger,
          signal,
        }),
      ),
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
        return charts.callsLeft;
      },
      get chartCallsQueued() {
        return charts.queued;
      },
      get chartsPausedUntil() {
        return charts.pausedUntil;
      },
      get budget() {
        return {
          cap: broker.chart_calls_per_day,
          used: broker.chart_calls_per_day - charts.callsLeft,
          left: charts.callsLeft,
          reserved: 0,
          queued: charts.queued,
          perSecond: broker.chart_calls_per_second,
          pausedUntil: charts.pausedUntil,
          runsOutAt: null,
        };
      },
      get tokenExpiresAt() {
        return keeper.expiresAt;
      },
      leaseHeldBy: null,
      clockSkewMs: null,
    },
    close: async () => {
      caller.close();
      charts.close();
      quotes.close();
      keeper.close();
      count.flush();
      await http.close();
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
