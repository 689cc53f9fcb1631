import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { describeError, type Logger } from '@rtp/core';
import { literal } from '@rtp/store-client';
import { migrate } from '../engine/migrate.ts';
import type { Session } from '../engine/session.ts';
import { storeErrors } from '../errors.ts';
import { matchRegistry } from '../indicators/hot-table.ts';
import { attachDay } from './attach-day.ts';
import { copyAside, cutWal, isDamage, moveAside, replayFailurePosition } from './damaged-files.ts';

export interface AttachRequest {
  readonly file: string;
  readonly alias: string;
  readonly kind: 'day' | 'reference';
  readonly tables: readonly string[];
  /** Brings back from the published Parquet what the file lacks. */
  restore(): Promise<void>;
}

/** Who is told of a repair. */
export interface RepairListener {
  readonly logger: Logger;
  /** A repair begins that may take long; returns how to say that it is over. */
  readonly announce?: ((what: string) => () => void) | undefined;
}

/** Which rung of the ladder the file came in on. */
export type AttachOutcome = 'created' | 'opened' | 'wal_cut' | 'rebuilt';

/** A WAL is cut at most this often: each cut drops the entry DuckDB could not read and all after it. */
const MAX_CUTS = 3;

/**
 * Attaches a file, repairing it when it must:
 *
 *   open (replays the WAL) ─damaged WAL▶ copy aside, cut the WAL, open ─still damaged▶ move aside, rebuild from
 *   Parquet ─nothing published▶ an empty file, which the pipeline refetches
 *
 * "Open" includes reading every block once, because a damaged block shows only then. A file that cannot be opened
 * for another reason (in use, no space, no permission) is left as it is. Errors: RTP_STORE_ALREADY_RUNNING, the
 * engine's.
 */
export async function attachRecovering(
  session: Session,
  request: AttachRequest,
  { logger, announce }: RepairListener,
): Promise<AttachOutcome> {
  const isNew = !existsSync(request.file);
  if (isNew) {
    // A WAL without its database belongs to a file that was removed half-way.
    if (existsSync(`${request.file}.wal`)) moveAside(request.file);
    await attach(session, request);
    await request.restore();
    return 'created';
  }
  const problem = await tryOpen(session, request);
  if (problem === null) {
    // A WAL that was cut short or lost opens silently without its last commits.
    await request.restore();
    return 'opened';
  }
  logger.error('hot file is damaged', { file: request.file, problem });
  const over = announce?.(`repairing ${basename(request.file)}`);
  try {
    return await repair(session, request, problem, logger);
  } finally {
    over?.();
  }
}

async function repair(
  session: Session,
  request: AttachRequest,
  problem: string,
  logger: Logger,
): Promise<AttachOutcome> {
  if (await openWithCutWal(session, request, problem, logger)) {
    await request.restore();
    return 'wal_cut';
  }
  const aside = moveAside(request.file);
  logger.error('hot file is rebuilt from the published Parquet', { file: request.file, aside });
  await attach(session, request);
  await request.restore();
  return 'rebuilt';
}

async function openWithCutWal(
  session: Session,
  request: AttachRequest,
  firstProblem: string,
  logger: Logger,
): Promise<boolean> {
  let problem: string | null = firstProblem;
  for (let cut = 0; cut < MAX_CUTS && problem !== null; cut += 1) {
    const position = replayFailurePosition(problem);
    if (position === null) return false;
    if (cut === 0) {
      const aside = await copyAside(request.file);
      logger.error('the WAL is cut where it cannot be read', { file: request.file, position, aside });
    }
    await cutWal(request.file, position);
    problem = await tryOpen(session, request);
  }
  return problem === null;
}

/** Null when open and readable, else the reason; then it is not attached. */
async function tryOpen(session: Session, request: AttachRequest): Promise<string | null> {
  try {
    await session.expectingDamage(async () => {
      await attach(session, request);
      for (const table of request.tables) {
        await session.rows(`SELECT bit_xor(hash(t))::VARCHAR FROM ${request.alias}.${table} t`);
      }
    });
    return null;
  } catch (error) {
    await session.exec(`DETACH DATABASE IF EXISTS ${request.alias}`).catch(() => {});
    const text = describeError(error);
    if (/Could not set lock on file/.test(text)) {
      throw storeErrors.create('RTP_STORE_ALREADY_RUNNING', `${request.file} is in use: ${text}`, { cause: error });
    }
    if (!isDamage(text)) throw error;
    return text;
  }
}

async function attach(session: Session, request: AttachRequest): Promise<void> {
  if (request.kind === 'day') await attachDay(session, request);
  else await session.exec(`ATTACH ${literal(request.file)} AS ${request.alias}`);
  await migrate(session, request.alias, request.kind);
  if (request.kind === 'day') await matchRegistry(session, request.alias);
}
