import { CALL_PRIORITIES, type CallPriority } from '../client/client-contract.ts';

/** A call that waits for its turn. */
export interface WaitingCall {
  /** Place among the calls of its priority, lowest first. */
  readonly order: number;
  readonly priority: CallPriority;
  grant(): void;
  refuse(error: unknown): void;
}

/** Waiting calls: strictly by priority, by place within one. */
export class CallQueue {
  private readonly queues: Readonly<Record<CallPriority, WaitingCall[]>> = {
    repair: [],
    priority: [],
    live: [],
    sweep: [],
    backfill: [],
  };

  get length(): number {
    return CALL_PRIORITIES.reduce((sum, priority) => sum + this.queues[priority].length, 0);
  }

  first(): WaitingCall | undefined {
    for (const priority of CALL_PRIORITIES) {
      const head = this.queues[priority][0];
      if (head !== undefined) return head;
    }
    return undefined;
  }

  join(call: WaitingCall): void {
    const queue = this.queues[call.priority];
    let index = queue.length;
    while (index > 0 && (queue[index - 1] as WaitingCall).order > call.order) index -= 1;
    queue.splice(index, 0, call);
  }

  leave(call: WaitingCall): void {
    const queue = this.queues[call.priority];
    const index = queue.indexOf(call);
    if (index >= 0) queue.splice(index, 1);
  }

  /** Refuses everybody of the priorities that `errorFor` has an error for. */
  refuse(errorFor: (priority: CallPriority) => Error | null): void {
    for (const priority of CALL_PRIORITIES) {
      const queue = this.queues[priority];
      const error = queue.length === 0 ? null : errorFor(priority);
      if (error !== null) for (const call of queue.splice(0)) call.refuse(error);
    }
  }
}
