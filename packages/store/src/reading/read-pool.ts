import { type RealTimer, realTimer } from '@rtp/core';
import type { Engine } from '../engine/engine.ts';
import type { Session } from '../engine/session.ts';
import { storeErrors } from '../errors.ts';

/** Queries running at once; more wait. */
const MAX_SESSIONS = 4;

/**
 * Connections for readers: one a query at a time, made when needed. A query that runs too long is interrupted.
 */
export class ReadPool {
  private readonly engine: Engine;
  private readonly timeoutMs: number;
  private readonly idle: Session[] = [];
  private readonly waiting: ((session: Session) => void)[] = [];
  private readonly running = new Set<Promise<unknown>>();
  private made = 0;

  constructor(engine: Engine, timeoutMs: number) {
    this.engine = engine;
    this.timeoutMs = timeoutMs;
  }

  /** Runs `work` on a connection of its own. Errors: RTP_STORE_QUERY_TIMEOUT, the engine's. */
  use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.lend((session) => this.timed(session, work));
  }

  /** As `use`, however long it takes: for the store's own work. Errors: the engine's. */
  useAtLength<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.lend(work);
  }

  /** Resolves when every query that runs now has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.running]);
  }

  private async lend<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.take();
    const running = work(session);
    this.running.add(running);
    try {
      return await running;
    } finally {
      this.running.delete(running);
      this.give(session);
    }
  }

  private async timed<T>(session: Session, work: (session: Session) => Promise<T>): Promise<T> {
    let timedOut = false;
    const timer: RealTimer = realTimer(this.timeoutMs, () => {
      timedOut = true;
      session.interrupt();
    });
    try {
      return await work(session);
    } catch (cause) {
      if (!timedOut) throw cause;
      throw storeErrors.create('RTP_STORE_QUERY_TIMEOUT', `A query ran longer than ${this.timeoutMs} ms.`, { cause });
    } finally {
      timer.cancel();
    }
  }

  private take(): Promise<Session> {
    const session = this.idle.pop();
    if (session !== undefined) return Promise.resolve(session);
    if (this.made < MAX_SESSIONS) {
      this.made += 1;
      return this.engine.connect();
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private give(session: Session): void {
    const next = this.waiting.shift();
    if (next === undefined) this.idle.push(session);
    else next(session);
  }
}
