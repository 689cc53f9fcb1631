import type { TradingDate } from '@rtp/core';
import { BAR_VALUES, dateLiteral, type QueryRunner, type QueryValue, type SealReceipt } from '@rtp/store-client';
import type { DayRegister } from '../instruments/day-register.ts';
import { RECEIPT_COLUMNS, toReceipt } from '../instruments/receipts.ts';
import type { LiveSurface } from '../reading/live-surface.ts';
import type { Position } from './position.ts';
import { barEvent, type StreamEvent, sealEvent } from './stream-event.ts';

/** Where events are read from. */
export interface EventSources {
  readonly surface: LiveSurface;
  readonly register: DayRegister;
}

/** Events read at once: a megabyte of text. */
const PAGE = 4_096;

/** Something that has events: a commit that wrote bars, or a seal. */
export type News =
  | {
      readonly kind: 'commit';
      readonly commitSeq: number;
      readonly date: TradingDate;
      /** Bars that replaced others. */
      readonly revised: number;
    }
  | { readonly kind: 'seal'; readonly commitSeq: number; readonly receipt: SealReceipt };

/** The events of a commit or seal behind `after`, in their order, page by page. Errors: the engine's. */
export async function* readEvents(
  { surface }: Pick<EventSources, 'surface'>,
  news: News,
  after = -1,
): AsyncGenerator<readonly StreamEvent[]> {
  if (news.kind === 'seal') {
    if (after < 0) yield [sealEvent(news.receipt)];
    return;
  }
  for (let first = after + 1; ; first += PAGE) {
    const page = await surface.askAtLength((run) => readPage(run, news, first));
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
  }
}

/** The events behind a position up to a commit, in their order, page by page. Errors: the engine's. */
export async function* eventsBetween(
  parts: EventSources,
  position: Position,
  to: number,
): AsyncGenerator<readonly StreamEvent[]> {
  for (const news of await newsBetween(parts, position, to)) {
    yield* readEvents(parts, news, news.commitSeq === position.commitSeq ? position.index : -1);
  }
}

/**
 * What has happened behind a position up to a commit, in order: commits of the dates that are open, and of those sealed
 * since that had begun by then; every seal.
 */
async function newsBetween(parts: EventSources, { commitSeq, index }: Position, to: number): Promise<readonly News[]> {
  const { register, surface } = parts;
  const first = Number.isFinite(index) ? commitSeq : commitSeq + 1;
  const within = `commit_seq BETWEEN ${first} AND ${to}`;
  const dates = register.dates();
  const open = dates.filter(({ state }) => state === 'open').map(({ date }) => date);
  const sealedSince = dates
    .filter(({ date, state }) => state === 'sealed' && (register.receipt(date)?.commitSeq ?? 0) > commitSeq)
    .map(({ date }) => date);
  const begun = `SELECT date FROM commits WHERE date IN ${list(sealedSince)} GROUP BY date HAVING min(commit_seq) <= ${commitSeq}`;
  return surface.askAtLength(async (run) => {
    const commits = await run.rows(`SELECT strftime(date, '%Y-%m-%d'), commit_seq::DOUBLE, revised::DOUBLE FROM commits
      WHERE ${within} AND inserted + revised > 0 AND (date IN ${list(open)} OR date IN (${begun}))`);
    const seals = await run.rows(`SELECT ${RECEIPT_COLUMNS} FROM seals WHERE ${within}`);
    const news: readonly News[] = [
      ...commits.map(([date, seq, revised]): News => {
        return { kind: 'commit', date: date as string, commitSeq: seq as number, revised: revised as number };
      }),
      ...seals.map(toReceipt).map((receipt): News => ({ kind: 'seal', commitSeq: receipt.commitSeq, receipt })),
    ];
    return news.toSorted((a, b) => a.commitSeq - b.commitSeq);
  });
}

/** A list for IN; one of no dates is not empty, for SQL does not know such. */
const list = (dates: readonly TradingDate[]): string =>
  `(${dates.length === 0 ? 'NULL' : dates.map(dateLiteral).join(', ')})`;

async function readPage(
  run: QueryRunner,
  { date, commitSeq, revised }: News & { readonly kind: 'commit' },
  first: number,
): Promise<readonly StreamEvent[]> {
  const on = `date = ${dateLiteral(date)}`;
  const values = (of: string): string => BAR_VALUES.map((name) => valueSql(of, name)).join(', ');
  const own = `SELECT * FROM bars_revisions WHERE ${on} AND commit_seq = ${commitSeq}`;
  // The day is only looked through when there is something to be found.
  const before =
    revised === 0
      ? { columns: '', join: '' }
      : {
          columns: `, ${values('p')}`,
          join: `LEFT JOIN (SELECT * FROM bars_revisions WHERE ${on}) p
            ON p.instrument_id = n.instrument_id AND p.ts = n.ts AND p.revision = n.revision - 1`,
        };
  const rows = await run.rows(`
    SELECT n.instrument_id::DOUBLE, n.symbol, epoch_ms(n.ts)::DOUBLE, ${values('n')}${before.columns}
    FROM (${own}) n ${before.join} ORDER BY n.ts, n.instrument_id, n.revision LIMIT ${PAGE} OFFSET ${first}`);
  return rows.map(([instrumentId, symbol, time, ...rest], at) => {
    const of = { instrumentId: instrumentId as number, symbol: symbol as string, time: time as number };
    const after = rest.slice(0, BAR_VALUES.length);
    const replaced: QueryValue[] = rest.slice(BAR_VALUES.length);
    const isFirst = (replaced[0] ?? null) === null;
    return barEvent({ commitSeq, index: first + at }, of, after, isFirst ? null : replaced);
  });
}

function valueSql(of: string, name: (typeof BAR_VALUES)[number]): string {
  if (name === 'known_at') return `epoch_ms(${of}.known_at)::DOUBLE`;
  return name === 'volume' || name === 'revision' ? `${of}.${name}::DOUBLE` : `${of}.${name}`;
}
