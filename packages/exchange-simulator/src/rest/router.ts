import type { IncomingMessage } from 'node:http';
import { errorBody, type MarketClock, RtpError } from '@rtp/core';
import type { TokenDesk } from '../auth/token-desk.ts';
import { parseFaultPlan } from '../faults/fault-plan.ts';
import type { FaultSchedule } from '../faults/fault-schedule.ts';
import type { MarketDay } from '../market/market-day.ts';
import { compactCsv, detailedCsv, type MasterRow } from '../master/master-row.ts';
import { scripMaster } from '../master/scrip-master.ts';
import type { Account } from './account.ts';
import { type Answer, csv, ERRORS, json, notFound } from './answers.ts';
import type { Charts } from './charts.ts';
import type { QuoteKind, Quotes } from './quotes.ts';

/** A request whose body has been read. */
export interface RestRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface RouterDeps {
  readonly day: MarketDay;
  readonly clock: MarketClock;
  readonly tokens: TokenDesk;
  readonly faults: FaultSchedule;
  readonly charts: Charts;
  readonly quotes: Quotes;
  readonly account: Account;
  /** Answers `GET /__simulator/state`. */
  state(): unknown;
}

/** What a segment's instrument list holds of the scrip master. */
const SEGMENT_ROWS: Readonly<Record<string, (row: MasterRow) => boolean>> = {
  NSE_EQ: (row) => row.exchange === 'NSE' && row.segment === 'E',
  NSE_FNO: (row) => row.exchange === 'NSE' && row.segment === 'D',
  BSE_EQ: (row) => row.exchange === 'BSE' && row.segment === 'E',
  IDX_I: (row) => row.segment === 'I',
};
const QUOTE_PATHS: Readonly<Record<string, QuoteKind>> = {
  '/v2/marketfeed/ltp': 'ltp',
  '/v2/marketfeed/ohlc': 'ohlc',
  '/v2/marketfeed/quote': 'quote',
};
const NOT_JSON = Symbol('not JSON');

/** The broker's REST paths; auth, scrip master and the simulator's own state live on the same port. */
export class Router {
  private readonly deps: RouterDeps;

  constructor(deps: RouterDeps) {
    this.deps = deps;
  }

  answer(request: RestRequest): Answer {
    const path = request.url.pathname;
    const quoteKind = QUOTE_PATHS[path];
    if (quoteKind !== undefined) return this.quote(quoteKind, request);
    switch (path) {
      case '/v2/charts/intraday':
        return this.chart(request, (body) => this.deps.charts.intraday(body));
      case '/v2/charts/historical':
        return this.chart(request, (body) => this.deps.charts.historical(body));
      case '/v2/profile':
        return this.refusal(request) ?? this.deps.account.profile();
      case '/v2/RenewToken':
        return this.refusal(request) ?? this.deps.account.renew(request.method);
      case '/app/generateAccessToken':
        return request.method === 'POST'
          ? this.deps.account.mint(request.url.searchParams)
          : this.methodNotAllowed(request);
      case '/api-data/api-scrip-master.csv':
        return csv(compactCsv(scripMaster(this.deps.day)));
      case '/api-data/api-scrip-master-detailed.csv':
        return csv(detailedCsv(scripMaster(this.deps.day)));
      case '/__simulator/state':
        return json(200, this.deps.state());
      case '/__simulator/faults':
        return this.faultSchedule(request);
      default:
        return this.instrumentList(path) ?? notFound(path, this.deps.clock.now());
    }
  }

  private chart(request: RestRequest, answer: (body: unknown) => Answer): Answer {
    if (request.method !== 'POST') return this.methodNotAllowed(request);
    const refusal = this.refusal(request);
    if (refusal !== undefined) return refusal;
    if (this.deps.faults.strike('data_plan_lapsed') !== undefined) return ERRORS.noDataPlan;
    const body = parsedBody(request.body);
    return body === NOT_JSON ? ERRORS.missingFields : answer(body);
  }

  /** The market quote wants the client id as well, and has an envelope of its own. */
  private quote(kind: QuoteKind, request: RestRequest): Answer {
    if (request.method !== 'POST') return this.methodNotAllowed(request);
    const clientId = header(request, 'client-id') ?? null;
    if (this.deps.tokens.check(header(request, 'access-token'), clientId) !== 'valid') return ERRORS.quoteUnauthorised;
    if (this.deps.faults.strike('data_plan_lapsed') !== undefined) return ERRORS.quoteNoDataPlan;
    const body = parsedBody(request.body);
    return body === NOT_JSON ? ERRORS.quoteInvalid : this.deps.quotes.answer(kind, body);
  }

  private refusal(request: RestRequest): Answer | undefined {
    const verdict = this.deps.tokens.check(header(request, 'access-token'));
    if (verdict === 'valid') return undefined;
    return verdict === 'invalid' ? ERRORS.tokenInvalid : ERRORS.tokenExpired;
  }

  /** What is scheduled; PUT replaces it. */
  private faultSchedule(request: RestRequest): Answer {
    const { faults } = this.deps;
    if (request.method === 'GET') return json(200, faults.report());
    if (request.method !== 'PUT') return this.methodNotAllowed(request);
    try {
      const body = parsedBody(request.body);
      faults.replace(parseFaultPlan(body === NOT_JSON ? request.body : body));
    } catch (error) {
      if (error instanceof RtpError) return json(400, errorBody(error));
      throw error;
    }
    return json(200, faults.report());
  }

  private instrumentList(path: string): Answer | undefined {
    const segment = /^\/v2\/instrument\/(\w+)$/.exec(path)?.[1];
    if (segment === undefined) return undefined;
    const holds = SEGMENT_ROWS[segment];
    if (holds === undefined) return ERRORS.missingFields;
    return csv(detailedCsv(scripMaster(this.deps.day).filter(holds)));
  }

  private methodNotAllowed(request: RestRequest): Answer {
    const { url } = request;
    const timestamp = this.deps.clock.now();
    return json(405, { timestamp, status: 405, error: 'Method Not Allowed', path: url.pathname });
  }
}

function header(request: RestRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function parsedBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}
