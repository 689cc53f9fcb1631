/** Values a query gives back: doubles and small integers as numbers, text, booleans. */
export type QueryValue = string | number | boolean | null;

/** Runs SQL over the reading surface (`bars`, `absences`, `sessions`, `tracked`, `instruments`, `days`, `seals`). */
export interface QueryRunner {
  /** Rows as arrays of column values, in order. */
  rows(sql: string): Promise<QueryValue[][]>;
}

/** An SQL string literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** An SQL date literal of a checked trading date. */
export const dateLiteral = (date: string): string => `DATE '${date}'`;
