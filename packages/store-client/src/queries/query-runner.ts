/** Values a query gives back: doubles and small integers as numbers, text, booleans. */
export type QueryValue = string | number | boolean | null;

/** Runs SQL over the reading surface (`bars`, `absences`, `sessions`, `tracked`, `instruments`, `days`, `seals`). */
export interface QueryRunner {
  /** Rows as arrays of column values, in order. */
  rows(sql: string): Promise<QueryValue[][]>;
}

/** Reads long results as well, a few thousand rows at a time. */
export interface NumberRunner extends QueryRunner {
  /** Columns of numbers, chunk by chunk; none may hold null. A chunk is valid until the next one is asked for. */
  numbers(sql: string): AsyncIterable<readonly ArrayLike<number>[]>;
}

/** An SQL string literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** An SQL date literal of a checked trading date. */
export const dateLiteral = (date: string): string => `DATE '${date}'`;
