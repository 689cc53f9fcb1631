import { describeError, type Logger } from '@rtp/core';
import type { Position } from './position.ts';
import type { News } from './read-events.ts';
import type { StreamEvent } from './stream-event.ts';

/** Who is told of events as they come. */
export interface Listener {
  events(page: readonly StreamEvent[]): void;
  /** There will be no more: events could not be read, or the store stops. */
  end(): void;
}

export interface EventTailOptions {
  /** Reads the events of a commit or seal, page by page. */
  readonly read: (news: News) => AsyncIterable<readonly StreamEvent[]>;
  /** The same of everything behind a position up to a commit. */
  readonly readBetween: (position: Position, to: number) => AsyncIterable<readonly StreamEvent[]>;
  /** The newest commit there is. */
  readonly newestCommit: () => number;
  readonly logger: Logger;
}

/**
 * Tells listeners of every commit from when they came, once each and in order. A commit is read when it is over, once for
 * all of them, and never waited for.
 *
 *   unheard ──first listener──▶ waiting ──announce()──▶ reading ──nothing more announced──▶ waiting
 *      ▲──────────────────────last listener gone────────────────────────────────────────────┘
 *
 * Unheard, an announcement costs nothing. `head` is the last commit that a listener who comes now will not be told of:
 * it has to read up to there by itself. Who comes while a commit is read is told from the next one on.
 */
export class EventTail {
  private readonly options: EventTailOptions;
  private readonly listeners = new Set<Listener>();
  private due: News[] = [];
  private taken = 0;
  private isReading = false;
  private readonly ending = new AbortController();

  constructor(options: EventTailOptions) {
    this.options = options;
  }

  get head(): number {
    return this.isHeard ? this.taken : this.options.newestCommit();
  }

  /** The newest commit or seal there is. */
  get newest(): number {
    return this.options.newestCommit();
  }

  /** Events behind a position up to a commit: of open dates, and every seal. Errors: the engine's. */
  between(position: Position, to: number): AsyncIterable<readonly StreamEvent[]> {
    return this.options.readBetween(position, to);
  }

  /** Told of a commit or seal that is stored. */
  announce(news: News): void {
    if (!this.isHeard) return;
    this.due.push(news);
    if (!this.isReading) void this.readDue();
  }

  /** Tells of what comes behind `head`, until the function given back is called. */
  listen(listener: Listener): () => void {
    this.taken = this.head;
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Aborted when there will be no more events. */
  get ended(): AbortSignal {
    return this.ending.signal;
  }

  /** Ends every listener. */
  end(): void {
    this.ending.abort();
    for (const listener of this.listeners) listener.end();
    this.listeners.clear();
  }

  private get isHeard(): boolean {
    return this.listeners.size > 0 || this.isReading;
  }

  private async readDue(): Promise<void> {
    this.isReading = true;
    for (let news = this.due.shift(); news !== undefined; news = this.due.shift()) {
      this.taken = news.commitSeq;
      const audience = [...this.listeners];
      if (audience.length > 0) await this.tell(audience, news);
    }
    this.isReading = false;
  }

  private async tell(audience: readonly Listener[], news: News): Promise<void> {
    try {
      for await (const page of this.options.read(news)) {
        for (const listener of audience) if (this.listeners.has(listener)) listener.events(page);
      }
    } catch (error) {
      this.options.logger.error('events could not be read', { commit: news.commitSeq, error: describeError(error) });
      for (const listener of audience) {
        this.listeners.delete(listener);
        listener.end();
      }
    }
  }
}
