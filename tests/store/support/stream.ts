import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** An event as a reader sees it. */
export interface SeenEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export interface StreamReader {
  readonly seen: readonly SeenEvent[];
  /** Comments received, as they were written. */
  readonly comments: readonly string[];
  /** Resolves when so many events have come; rejects when the stream ends before. */
  until(count: number): Promise<readonly SeenEvent[]>;
  /** Resolves when something holds of what has come. */
  when(holds: () => boolean): Promise<void>;
  /** Resolves when the server has ended the stream or cut it. */
  ended(): Promise<void>;
  /** Stops taking bytes, or goes on. */
  pause(isPaused: boolean): void;
  close(): void;
}

/** Connects a reader of `/stream`, which goes on from `lastId` when it has one. Resolves when it is listened to. */
export function readStream(
  server: { readonly url: string } | { readonly socketPath: string },
  query = '',
  lastId?: string,
): Promise<StreamReader> {
  const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
  return new Promise((resolve, reject) => {
    const [address, where] = 'url' in server ? [server.url, {}] : ['http://localhost', server];
    const outgoing = request(`${address}/stream${query}`, { ...where, headers, agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
      else readerOf(outgoing, response, resolve);
    });
    outgoing.on('error', reject).end();
  });
}

function readerOf(outgoing: ClientRequest, response: IncomingMessage, opened: (reader: StreamReader) => void): void {
  const seen: SeenEvent[] = [];
  const comments: string[] = [];
  const waiting = new Set<() => void>();
  let isOver = false;
  let rest = '';
  const look = (): void => {
    for (const check of waiting) check();
  };
  response.setEncoding('utf8').on('data', (part: string) => {
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop() as string;
    for (const block of blocks) take(block);
    look();
  });
  const take = (block: string): void => {
    if (block.startsWith('retry')) opened(reader);
    if (block.startsWith(':')) comments.push(block);
    const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
    const [id, event, data] = ['id', 'event', 'data'].map((name) => fields.get(name));
    if (id !== undefined) seen.push({ id, event: event as string, data: JSON.parse(data as string) });
  };
  const over = (): void => {
    isOver = true;
    look();
  };
  response.on('end', over).on('error', over).on('close', over);
  const when = (holds: () => boolean, mayEnd = false): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (!holds() && !isOver) return;
        waiting.delete(check);
        if (holds() || mayEnd) resolve();
        else reject(new Error(`the stream ended after ${seen.length} events`));
      };
      waiting.add(check);
      check();
    });
  const reader: StreamReader = {
    seen,
    comments,
    until: async (count) => {
      await when(() => seen.length >= count);
      return seen.slice(0, count);
    },
    when: (holds) => when(holds),
    ended: () => when(() => isOver, true),
    pause: (isPaused) => {
      if (isPaused) response.pause();
      else response.resume();
    },
    close: () => outgoing.destroy(),
  };
}
