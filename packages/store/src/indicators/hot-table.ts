/**
 * The table of indicators in a day's file. Its columns are those of the registry, so that it is made and widened
 * from there and not by a migration: a column that the file lacks is added, one whose type has changed is converted
 * (what does not fit becomes null), one that the registry no longer has stays as it is and gets nulls from then on.
 */
import { storedColumns } from '@rtp/indicators';
import type { Session } from '../engine/session.ts';
import { quoted, SQL_TYPES } from './sql-columns.ts';

const TABLE = 'indicators';
const KEY_COLUMNS = `instrument_id UINTEGER NOT NULL, ts TIMESTAMPTZ NOT NULL, known_at TIMESTAMPTZ NOT NULL,
  commit_seq UBIGINT NOT NULL`;
/** How many columns come before the indicators. */
const KEY_COUNT = 4;

/** A column of the table as the file has it. */
export interface HotColumn {
  readonly name: string;
  /** DuckDB's name of its type. */
  readonly type: string;
}

/**
 * Gives an attached day the columns of the registry, in one transaction and followed by a checkpoint: DDL left in a
 * WAL makes its replay fragile.
 */
export async function matchRegistry(session: Session, alias: string): Promise<void> {
  const found = await hotColumns(session, alias);
  const statements = found === null ? [createSql(alias)] : alterSql(alias, found);
  if (statements.length === 0) return;
  await session.transaction(async () => {
    for (const statement of statements) await session.exec(statement);
  });
  await session.exec(`CHECKPOINT ${alias}`);
}

/** The indicators' columns of an attached day in the file's order, or null when it has no such table. */
export async function hotColumns(session: Session, alias: string): Promise<readonly HotColumn[] | null> {
  const rows = await session.rows(`SELECT column_name, data_type FROM duckdb_columns()
    WHERE database_name = '${alias}' AND schema_name = 'main' AND table_name = '${TABLE}' ORDER BY column_index`);
  if (rows.length === 0) return null;
  return rows.slice(KEY_COUNT).map(([name, type]) => ({ name: name as string, type: type as string }));
}

function createSql(alias: string): string {
  const columns = storedColumns.map(({ name, valueType }) => `, ${quoted(name)} ${SQL_TYPES[valueType]}`);
  return `CREATE TABLE ${alias}.${TABLE} (${KEY_COLUMNS}${columns.join('')})`;
}

function alterSql(alias: string, found: readonly HotColumn[]): string[] {
  const types = new Map(found.map(({ name, type }) => [name, type]));
  return storedColumns.flatMap(({ name, valueType }) => {
    const [column, type] = [quoted(name), SQL_TYPES[valueType]];
    if (!types.has(name)) return [`ALTER TABLE ${alias}.${TABLE} ADD COLUMN ${column} ${type}`];
    if (types.get(name) === type) return [];
    return [`ALTER TABLE ${alias}.${TABLE} ALTER COLUMN ${column} TYPE ${type} USING try_cast(${column} AS ${type})`];
  });
}
