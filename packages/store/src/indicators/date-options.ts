/** How a date is settled. */
export interface DateOptions {
  /** Only these instruments. */
  readonly instrumentIds?: readonly number[] | undefined;
  /** Writes rows that are equal as well. */
  readonly force?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told of every group how many instruments it is of. */
  readonly onGroup?: ((instruments: number) => void) | undefined;
}
