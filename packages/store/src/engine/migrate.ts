import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from './session.ts';

const MIGRATIONS = join(import.meta.dirname, '../migrations');

/**
 * Brings an attached database to the newest version of its kind (`migrations/<kind>/NNNN_name.sql`). Statements and
 * the version go in one transaction each, followed by a checkpoint: DDL left in a WAL makes its replay fragile.
 */
export async function migrate(session: Session, alias: string, kind: 'day' | 'reference'): Promise<void> {
  await session.exec(
    `CREATE TABLE IF NOT EXISTS ${alias}.schema_version (version UINTEGER NOT NULL, name VARCHAR NOT NULL)`,
  );
  const [row] = await session.rows(`SELECT coalesce(max(version), 0)::DOUBLE FROM ${alias}.schema_version`);
  const current = row?.[0] as number;
  const pending = migrationsOf(kind).filter(({ version }) => version > current);
  for (const { version, name, sql } of pending) {
    await session.exec(`USE ${alias}`);
    try {
      await session.transaction(async () => {
        await session.exec(sql);
        await session.exec(`INSERT INTO schema_version VALUES (${version}, '${name}')`);
      });
    } finally {
      await session.exec('USE memory');
    }
  }
  if (pending.length > 0) await session.exec(`CHECKPOINT ${alias}`);
}

function migrationsOf(kind: string): { version: number; name: string; sql: string }[] {
  return readdirSync(join(MIGRATIONS, kind))
    .filter((file) => /^\d{4}_\w+\.sql$/.test(file))
    .sort()
    .map((file) => ({
      version: Number(file.slice(0, 4)),
      name: file.slice(5, -4),
      sql: readFileSync(join(MIGRATIONS, kind, file), 'utf8'),
    }));
}
