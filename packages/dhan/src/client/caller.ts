import type { EpochMs, MarketClock } from '@rtp/core';
import type { AccountLease } from '../auth/account-lease.ts';
import type { TokenKeeper } from '../auth/token-keeper.ts';
import type { CallBudget, CallLease } from '../budget/call-budget.ts';
import { dhanErrors } from '../errors.ts';
import type { ClockSkew } from '../wire/clock-skew.ts';
import { classify, type Verdict } from '../wire/envelope.ts';
import { failure, failureKindOf } from '../wire/failure-kind.ts';
import type { Http, WireRequest } from '../wire/http.ts';
import type { CallPriority } from './client-contract.ts';
import type { PlanCircuit } from './plan-circuit.ts';

export interface Call {
  /** What log lines and errors call it. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: string;
  /** Whose turns it waits for; none for calls without a limit worth keeping. */
  readonly bucket?: CallBudget;
  readonly priority?: CallPriority;
  /** Whether the call needs the account's data plan; `probe`: it is made to find out whether there is one. */
  readonly plan?: 'needed' | 'probe';
  readonly signal?: AbortSignal | undefined;
  /** Told when the request leaves; again when it is repeated. */
  onSent?(at: EpochMs): void;
}

export interface CallerOptions {
  readonly http: Http;
  readonly keeper: TokenKeeper;
  /** Null where nobody else could use the account. */
  readonly lease: AccountLease | null;
  readonly plan: PlanCircuit;
  readonly skew: ClockSkew;
  readonly clock: MarketClock;
  readonly clientId: string;
  readonly timeoutMs: number;
  readonly rateLimitRetries: number;
}

/**
 * Makes one authenticated call: lease, turn, token, answer, verdict. A refused token is replaced and the call repeated
 * once; a rate-limit answer pauses the bucket and the call keeps its turn; a refusal for the data plan ends data calls
 * for a while; every other failure is the caller's.
 */
export class Caller {
  calls = 0;
  errors = 0;
  rateLimited = 0;
  private readonly options: CallerOptions;
  private closed = false;

  constructor(options: CallerOptions) {
    this.options = options;
  }

  /** The answer's parsed JSON. Errors: those of `dhanErrors`; the signal's reason when aborted. */
  async call(call: Call): Promise<unknown> {
    const { keeper, lease: account, plan, rateLimitRetries } = this.options;
    let renewed = false;
    let refusals = 0;
    let order: number | undefined;
    for (;;) {
      await account?.acquire(call.signal);
      if (call.plan === 'needed') plan.check();
      await keeper.current(0, call.signal);
      const lease = await this.turn(call, order);
      order = lease?.order;
      let token: string;
      let verdict: Verdict;
      try {
        // Again, since the token may have been replaced while the call waited for its turn.
        ({ token } = await keeper.current(0, call.signal));
        if (call.plan === 'needed') plan.check();
        verdict = await this.exchange(call, token);
        if (!verdict.ok && verdict.kind === 'rate_limited') lease?.rateLimited();
      } finally {
        lease?.release();
      }
      if (verdict.ok) {
        if (call.plan !== undefined) plan.honoured();
        return verdict.body;
      }
      if (verdict.kind === 'no_plan' && call.plan !== undefined) {
        plan.refused(failureOf(call.name, verdict).message, call.plan === 'probe' ? 'probe' : 'call');
      }
      // A probe finds out how things are: work waits for it.
      const retries = call.plan === 'probe' ? 0 : rateLimitRetries;
      if (verdict.kind === 'rate_limited' && lease !== null && refusals < retries) {
        refusals += 1;
      } else if (verdict.kind === 'auth' && !renewed) {
        renewed = true;
        await keeper.replace(token, call.signal);
      } else {
        throw failureOf(call.name, verdict);
      }
    }
  }

  /** One unauthenticated exchange without turn or repetition. */
  async once(request: Omit<WireRequest, 'timeoutMs'>): Promise<unknown> {
    const verdict = await this.send({ ...request, timeoutMs: this.options.timeoutMs });
    if (verdict.ok) return verdict.body;
    throw failureOf(request.name, verdict);
  }

  /** Counts a call that is made elsewhere. */
  async counted<T>(make: () => Promise<T>): Promise<T> {
    this.calls += 1;
    try {
      return await make();
    } catch (error) {
      if (failureKindOf(error) !== null) this.errors += 1;
      throw this.closed ? closedError() : error;
    }
  }

  close(): void {
    this.closed = true;
  }

  private async turn(call: Call, order: number | undefined): Promise<CallLease | null> {
    if (call.bucket === undefined) return null;
    const waiting = { signal: call.signal, ...(order === undefined ? {} : { order }) };
    return call.bucket.acquire(call.priority ?? 'live', waiting);
  }

  private exchange(call: Call, token: string): Promise<Verdict> {
    const { clientId, clock, timeoutMs } = this.options;
    call.onSent?.(clock.now());
    return this.send({
      name: call.name,
      method: call.method,
      url: call.url,
      headers: {
        'access-token': token,
        'client-id': clientId,
        accept: 'application/json',
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: call.body }),
      timeoutMs,
      signal: call.signal,
    });
  }

  private async send(request: WireRequest): Promise<Verdict> {
    const { http, clock, skew } = this.options;
    const verdict = await this.counted(async () => {
      const sentAt = clock.now();
      const answer = await http.send(request);
      skew.observe(answer.date, sentAt, clock.now());
      return classify(answer);
    });
    if (!verdict.ok && verdict.kind !== 'no_data') this.errors += 1;
    if (!verdict.ok && verdict.kind === 'rate_limited') this.rateLimited += 1;
    return verdict;
  }
}

function failureOf(name: string, { kind, code, message }: Exclude<Verdict, { ok: true }>): Error {
  return failure(kind, `${name}: ${[code, message].filter((part) => part !== '').join(' ')}`);
}

const closedError = () => dhanErrors.create('RTP_DHAN_CLOSED', 'The broker client was closed.');
