/**
 * Proves the stored and served indicators of a date: recomputed bar by bar from the first stored bar on, which is not how
 * they were made, and compared value by value. Reads the catalogue as any reader does, whether the system runs or not.
 */
import { type DataPaths, monotonicMs, type TradingDate } from '@rtp/core';
import { IndicatorEngine, storedColumns } from '@rtp/indicators';
import { connectCatalogue, type NumberRunner, querySymbols } from '@rtp/store-client';
import { managerErrors } from '../../errors.ts';
import { benchCloses, recordedDays, recordedTicks } from './bar-fields-of.ts';
import { ColumnTally, columnsProof } from './column-tally.ts';
import { type IndicatorProof, PROOF_VERSION } from './proof.ts';
import { type ProofPlan, planProof, portions, sampleOf } from './proof-plan.ts';
import { proofSummary } from './proof-summary.ts';
import { SampleProof } from './sample-proof.ts';
import { proveStored, type RowCounts } from './stored-proof.ts';

export interface VerifyRequest {
  /** Default: the newest sealed date, else the newest. */
  readonly date?: TradingDate | undefined;
  /** Default: all. */
  readonly symbols?: readonly string[] | undefined;
  /** Read columns and the second opinion for every symbol, not for a sample. */
  readonly all?: boolean | undefined;
}

/** Told after every portion: symbols done, of all that there is to do. */
export type ProofProgress = (done: number, total: number) => void;

/** The proof runs beside a system that keeps to its memory: it takes longer and less of it. */
const ENGINE_SETTINGS = ["memory_limit = '128MB'", 'threads = 1'];

/** Symbols whose read columns are compared, and who get a second opinion. */
const SAMPLE_SYMBOLS = 5;

/**
 * Errors: RTP_INDICATORS_NOT_COMPARED when there was nothing to compare, RTP_DAY_UNKNOWN, RTP_SYMBOL_UNKNOWN, those of
 * `connectCatalogue`.
 */
export async function verifyIndicators(
  paths: DataPaths,
  request: VerifyRequest,
  onProgress: ProofProgress = () => {},
): Promise<IndicatorProof> {
  const begin = monotonicMs();
  const catalogue = await connectCatalogue(paths);
  try {
    for (const setting of ENGINE_SETTINGS) await catalogue.run.rows(`SET ${setting}`);
    const plan = await planProof(catalogue.run, request);
    const look = (): Promise<Findings> => prove(catalogue.run, plan, request.all === true, onProgress);
    let found = await look();
    // A correction of an open date may come between reading its bars and its rows.
    if (plan.generation === null && !isRight(found)) found = await look();
    requireComparison(plan, found);
    const proof = {
      version: PROOF_VERSION,
      date: plan.date,
      generation: plan.generation,
      verdict: isRight(found) ? 'proved' : 'failed',
      whole: plan.whole,
      symbols: plan.instruments.length,
      ...found,
      seconds: Math.round(monotonicMs() - begin) / 1_000,
    } as const;
    return { ...proof, summary: proofSummary(proof) };
  } finally {
    catalogue.close();
  }
}

type Findings = RowCounts & Pick<IndicatorProof, 'stored' | 'read' | 'opinion'>;

const isRight = ({ missing, surplus, stored, read, opinion }: Findings): boolean =>
  missing + surplus + stored.wrong + read.wrong + opinion.wrong === 0;

async function prove(run: NumberRunner, plan: ProofPlan, isAll: boolean, onProgress: ProofProgress): Promise<Findings> {
  const days = await recordedDays(run);
  const tickOf = await recordedTicks(run);
  const columns = await columnsOf(run);
  const parts = portions(plan.instruments);
  const sample = isAll ? plan.instruments : sampleOf(plan, SAMPLE_SYMBOLS);
  const total = plan.instruments.length + sample.length;
  const tallies = columns.map((name) => new ColumnTally(name));
  const counts: RowCounts = { bars: 0, rows: 0, missing: 0, surplus: 0 };
  const engine = new IndicatorEngine(columns, Math.max(1, ...parts.map((part) => part.length)));
  let done = 0;
  for (const part of parts) {
    const of = await proveStored({ run, plan, days, tickOf, columns }, part, engine, tallies);
    for (const name of ['bars', 'rows', 'missing', 'surplus'] as const) counts[name] += of[name];
    done += part.length;
    onProgress(done, total);
  }
  const symbols = new Map((await querySymbols(run)).map(({ instrumentId, symbol }) => [instrumentId, symbol]));
  const bench = await benchCloses(run, plan.date);
  const sampled = new SampleProof({ run, plan, days, tickOf, bench, symbols });
  for (const instrument of sample) {
    await sampled.prove(instrument);
    done += 1;
    onProgress(done, total);
  }
  return {
    ...counts,
    stored: columnsProof(tallies, plan.instruments.length),
    read: columnsProof(sampled.read, sample.length),
    opinion: columnsProof(sampled.opinions, sample.length),
  };
}

/** The stored columns that the catalogue has: it may be older than the registry. */
async function columnsOf(run: NumberRunner): Promise<readonly string[]> {
  const rows = await run.rows(`SELECT column_name FROM duckdb_columns()
    WHERE table_name = 'indicators' AND database_name = current_database()`);
  const known = new Set(rows.map(([name]) => name));
  return storedColumns.map(({ name }) => name).filter((name) => known.has(name));
}

/** A proof that has compared nothing is none. */
function requireComparison(plan: ProofPlan, found: Findings): void {
  if (found.bars > 0 && found.stored.values + found.missing > 0) return;
  const what =
    plan.instruments.length === 0 ? 'no symbol has whole bars or rows of indicators' : 'there are no whole bars';
  throw managerErrors.create('RTP_INDICATORS_NOT_COMPARED', `On ${plan.date} ${what}; nothing was compared.`);
}
