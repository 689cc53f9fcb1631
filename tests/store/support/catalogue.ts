import { DuckDBInstance } from '@duckdb/node-api';
import type { DataPaths } from '@rtp/core';

/** Opens the catalogue as any user's program would. */
export async function openAsUser(paths: DataPaths): Promise<{ ask(sql: string): Promise<unknown[][]>; close(): void }> {
  const instance = await DuckDBInstance.create(paths.catalogueFile, { access_mode: 'READ_ONLY', threads: '1' });
  const connection = await instance.connect();
  return {
    ask: async (sql) => (await connection.runAndReadAll(sql)).getRowsJson() as unknown[][],
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
