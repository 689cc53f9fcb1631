import { type Component, describeError, IPC_VERSION, type Logger, type ManagerMessage, type Order } from '@rtp/core';
import type { DoneMessage, RequestMessage } from './child-messages.ts';

/** The one component that may ask for things. */
const ASKER: Component = 'scheduler';

export interface RequestsTarget {
  readonly logger: Logger;
  /** Errors: RTP_CONTROL_REFUSED when this system has no such component. */
  restart(component: Component, reason: string, actor: RequestMessage['actor']): void;
  /** False when it does not serve. */
  order(component: Component, id: string, order: Order): boolean;
  send(component: Component, message: ManagerMessage): void;
}

/** The scheduler's requests on their way to the components, and the answers on their way back. */
export class Requests {
  private readonly target: RequestsTarget;
  /** Orders under way, by id: who carries each out. */
  private readonly underWay = new Map<string, Component>();

  constructor(target: RequestsTarget) {
    this.target = target;
  }

  onRequest(from: Component, { id, component, what, reason, actor }: RequestMessage): void {
    const { logger } = this.target;
    if (from !== ASKER) {
      logger.warn('a request without the right to it', { from, component, what });
      return;
    }
    logger.info('asked for', { component, what, reason, actor });
    if (what === 'restart') {
      try {
        this.target.restart(component, reason, actor);
        this.answer(id, true, `${component} is restarted`);
      } catch (error) {
        this.answer(id, false, describeError(error));
      }
    } else if (this.target.order(component, id, what)) {
      this.underWay.set(id, component);
    } else {
      this.answer(id, false, `${component} does not serve`);
    }
  }

  onDone(from: Component, { id, ok, text }: DoneMessage): void {
    if (this.underWay.get(id) !== from) return;
    this.underWay.delete(id);
    this.answer(id, ok, text);
  }

  /** A component's process has ended: nobody will carry out what it had been told. */
  onEnded(component: Component): void {
    for (const [id, carrier] of this.underWay) {
      if (carrier !== component) continue;
      this.underWay.delete(id);
      this.answer(id, false, `${component} ended before it was done`);
    }
  }

  private answer(id: string, ok: boolean, text: string): void {
    this.target.send(ASKER, { v: IPC_VERSION, type: 'answer', id, ok, text });
  }
}
