/** State of the indicators of every instrument that has had a bar, in one growing memory. */
import type { IndicatorStart } from '@rtp/store-client';
import { storedEngine } from './group-runner.ts';

/** What a state belongs to: states of another build are of no use. */
export interface EngineKind {
  readonly fingerprint: string;
  readonly stride: number;
  /** State before the first bar. */
  readonly initial: Float64Array;
}

let kind: EngineKind | undefined;

/** The build of the stored indicators; compiled on first use. */
export function engineKind(): EngineKind {
  if (kind === undefined) {
    const { fingerprint, stride, memory } = storedEngine(1);
    kind = { fingerprint, stride, initial: memory.slice() };
  }
  return kind;
}

export class SeriesStates {
  private ids: Uint32Array;
  private readonly slots = new Map<number, number>();
  private memory: Float64Array;

  constructor(ids = new Uint32Array(0), memory = new Float64Array(0)) {
    this.ids = ids;
    this.memory = memory;
    for (const [slot, id] of ids.entries()) this.slots.set(id, slot);
  }

  /** Instruments that have had a bar. */
  get instrumentIds(): Uint32Array {
    return this.ids.subarray(0, this.slots.size);
  }

  /** Their states, in the same order. */
  get values(): Float64Array {
    return this.memory.subarray(0, this.slots.size * engineKind().stride);
  }

  /** States of some instruments, one behind the other; initial ones of those without a bar. */
  of(instrumentIds: Uint32Array): Float64Array {
    const { stride, initial } = engineKind();
    const states = new Float64Array(instrumentIds.length * stride);
    for (const [index, id] of instrumentIds.entries()) {
      const slot = this.slots.get(id);
      const state = slot === undefined ? initial : this.memory.subarray(slot * stride, (slot + 1) * stride);
      states.set(state, index * stride);
    }
    return states;
  }

  /** Takes over what `of` returned, some bars later. */
  put(instrumentIds: Uint32Array, states: Float64Array): void {
    const { stride } = engineKind();
    for (const [index, id] of instrumentIds.entries()) {
      const at = this.slotOf(id) * stride;
      this.memory.set(states.subarray(index * stride, (index + 1) * stride), at);
    }
  }

  /** As an indicator start names it. */
  startOf(
    instrumentIds: readonly number[],
  ): Pick<IndicatorStart, 'fingerprint' | 'stride' | 'instrumentIds' | 'memory'> {
    const ids = Uint32Array.from(instrumentIds);
    const { fingerprint, stride } = engineKind();
    return { fingerprint, stride, instrumentIds: ids, memory: this.of(ids) };
  }

  private slotOf(id: number): number {
    const known = this.slots.get(id);
    if (known !== undefined) return known;
    const slot = this.slots.size;
    if (slot === this.ids.length) this.grow();
    this.ids[slot] = id;
    this.slots.set(id, slot);
    return slot;
  }

  private grow(): void {
    const room = Math.max(64, this.ids.length * 2);
    const ids = new Uint32Array(room);
    ids.set(this.ids);
    const memory = new Float64Array(room * engineKind().stride);
    memory.set(this.memory);
    this.ids = ids;
    this.memory = memory;
  }
}
