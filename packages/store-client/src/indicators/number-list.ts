/** Numbers of a count not known before. */
export class NumberList {
  length = 0;
  private room: Float64Array;

  constructor(expected = 512) {
    this.room = new Float64Array(expected);
  }

  push(values: ArrayLike<number>): void {
    const length = this.length + values.length;
    if (length > this.room.length) {
      const larger = new Float64Array(Math.max(length, this.room.length * 2));
      larger.set(this.room.subarray(0, this.length));
      this.room = larger;
    }
    this.room.set(values, this.length);
    this.length = length;
  }

  /** The numbers so far. */
  values(): Float64Array {
    return this.room.subarray(0, this.length);
  }
}
