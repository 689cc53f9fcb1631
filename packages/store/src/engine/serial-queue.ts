/** Runs tasks one at a time, in the order they were given. A failed task does not stop the next. */
export class SerialQueue {
  private tail: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** Tasks given and not finished. */
  get size(): number {
    return this.waiting;
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    this.waiting += 1;
    const result = this.tail.then(task).finally(() => {
      this.waiting -= 1;
    });
    this.tail = result.catch(() => {});
    return result;
  }

  /** Resolves when everything given so far has finished. */
  async idle(): Promise<void> {
    await this.tail;
  }
}
