import type { EpochMs, Ohlcv } from '@rtp/core';

/** Bars of one day in columns, growing as they are read; symbols are numbered in order of first appearance. */
export class BarTable {
  readonly symbols: string[] = [];
  length = 0;
  private readonly numbers = new Map<string, number>();
  private symbolColumn = new Uint32Array(1_024);
  private tsColumn = new Float64Array(1_024);
  private readonly values = { open: grown(), high: grown(), low: grown(), close: grown(), volume: grown() };

  /** Appends one bar; `ts` is the minute's start. */
  add(symbol: string, ts: EpochMs, bar: Ohlcv): void {
    if (this.length === this.tsColumn.length) this.enlarge();
    this.symbolColumn[this.length] = this.numberOf(symbol);
    this.tsColumn[this.length] = ts;
    for (const name of VALUE_COLUMNS) this.values[name][this.length] = bar[name];
    this.length += 1;
  }

  symbolNumber(row: number): number {
    return this.symbolColumn[row] as number;
  }

  symbol(row: number): string {
    return this.symbols[this.symbolNumber(row)] as string;
  }

  ts(row: number): EpochMs {
    return this.tsColumn[row] as number;
  }

  value(row: number, column: keyof Ohlcv): number {
    return this.values[column][row] as number;
  }

  bar(row: number): Ohlcv {
    const { open, high, low, close, volume } = this.values;
    return {
      open: open[row] as number,
      high: high[row] as number,
      low: low[row] as number,
      close: close[row] as number,
      volume: volume[row] as number,
    };
  }

  /** Row numbers ordered by symbol name, then minute. */
  sortedRows(): Uint32Array {
    const rank = new Uint32Array(this.symbols.length);
    const names = this.symbols.map((name, number) => ({ name, number }));
    names.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const [position, { number }] of names.entries()) rank[number] = position;
    const rows = Uint32Array.from({ length: this.length }, (_, row) => row);
    return rows.sort(
      (a, b) =>
        (rank[this.symbolNumber(a)] as number) - (rank[this.symbolNumber(b)] as number) || this.ts(a) - this.ts(b),
    );
  }

  private numberOf(symbol: string): number {
    let number = this.numbers.get(symbol);
    if (number === undefined) {
      number = this.symbols.push(symbol) - 1;
      this.numbers.set(symbol, number);
    }
    return number;
  }

  private enlarge(): void {
    const symbols = new Uint32Array(this.length * 2);
    symbols.set(this.symbolColumn);
    this.symbolColumn = symbols;
    this.tsColumn = grown(this.tsColumn);
    for (const name of VALUE_COLUMNS) this.values[name] = grown(this.values[name]);
  }
}

const VALUE_COLUMNS = ['open', 'high', 'low', 'close', 'volume'] as const;

function grown(column?: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  if (column === undefined) return new Float64Array(1_024);
  const larger = new Float64Array(column.length * 2);
  larger.set(column);
  return larger;
}
