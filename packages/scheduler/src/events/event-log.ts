import { redact, wallClockMs } from '@rtp/core';
import type { EventKind, EventSink } from './event-sink.ts';

/** One live event as it goes over the wire. */
export interface LiveEvent {
  /** Strictly increasing over the life of this process. */
  readonly number: number;
  readonly text: string;
}

export interface EventReader {
  event(event: LiveEvent): void;
  end(): void;
}

/** Where a client resumes: the events after it that are still kept, and whether some are not. */
export interface Resumption {
  readonly events: readonly LiveEvent[];
  readonly isGap: boolean;
}

const ID = /^(\d+)-(\d+)$/;

/**
 * The newest live events, for clients that follow and for those that come back. Ids are `<epoch>-<number>`: the epoch is
 * the wall clock at the start of this process, so that an id of an earlier process is known as such.
 */
export class EventLog implements EventSink {
  private readonly kept: number;
  private readonly epoch = wallClockMs();
  private events: LiveEvent[] = [];
  private newest = 0;
  private readonly readers = new Set<EventReader>();
  private hasEnded = false;

  constructor(kept: number) {
    this.kept = kept;
  }

  publish(kind: EventKind, data: Readonly<Record<string, unknown>>): void {
    this.newest += 1;
    const event = { number: this.newest, text: eventText(kind, `${this.epoch}-${this.newest}`, data) };
    this.events.push(event);
    if (this.events.length > this.kept) this.events.shift();
    for (const reader of [...this.readers]) reader.event(event);
  }

  /** Follows from now on. Returns how to leave. */
  listen(reader: EventReader): () => void {
    if (this.hasEnded) reader.end();
    else this.readers.add(reader);
    return () => void this.readers.delete(reader);
  }

  /** What came after the event of that id; nothing for a client without one. Null when the id is none of ours. */
  since(id: string | undefined): Resumption | null {
    if (id === undefined || id === '') return { events: [], isGap: false };
    const match = ID.exec(id);
    if (match === null) return null;
    const [, epoch, number] = match;
    const isOurs = Number(epoch) === this.epoch && Number(number) <= this.newest;
    const events = isOurs ? this.events.filter((event) => event.number > Number(number)) : [...this.events];
    const first = this.newest - this.events.length + 1;
    return { events, isGap: !isOurs || Number(number) + 1 < first };
  }

  /** Tells every reader that nothing more comes. */
  end(): void {
    this.hasEnded = true;
    for (const reader of [...this.readers]) reader.end();
    this.readers.clear();
  }
}

/** An event in the form of server-sent events; without an id a client keeps the one that it has. */
export function eventText(kind: string, id: string | null, data: Readonly<Record<string, unknown>>): string {
  const head = id === null ? '' : `id: ${id}\n`;
  return `${head}event: ${kind}\ndata: ${JSON.stringify(redact(data))}\n\n`;
}
