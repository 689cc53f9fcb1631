/**
 * All children of one system: their order, their records, and the wish for the pipeline.
 *
 * Start goes wave by wave, each wave once the one before serves; stop goes backwards. One child's death leaves the
 * others alone: the pipeline keeps its batches and resends them to a restarted store, the scheduler and the monitor
 * answer on their own. The pipeline runs when the scheduler wants it.
 */
import {
  COMPONENTS,
  type Component,
  type ComponentStatus,
  IPC_VERSION,
  type Logger,
  type ManagerMessage,
} from '@rtp/core';
import { managerErrors } from '../errors.ts';
import type { ChildProgram } from './child-handle.ts';
import type { WantMessage } from './child-run.ts';
import { errorOfDeadChild } from './describe-exit.ts';
import { Requests } from './requests.ts';
import { type ChildLimits, SupervisedChild } from './supervised-child.ts';

/** Components that start together; a wave waits for the one before. Stopped in reverse. */
const WAVES: readonly (readonly Component[])[] = [['simulator', 'store'], ['scheduler', 'monitor'], ['pipeline']];

/** Started and stopped at the scheduler's wish alone. */
const ON_DEMAND: ReadonlySet<Component> = new Set(['pipeline']);

export interface SupervisorOptions {
  /** The components of this system and their programs. */
  readonly programs: Readonly<Partial<Record<Component, ChildProgram>>>;
  limitsOf(component: Component): ChildLimits;
  readonly logger: Logger;
  readonly onChange: (child: SupervisedChild) => void;
  readonly onHeartbeat?: (child: SupervisedChild, loopLagMs: number) => void;
  readonly onSpawned?: (component: Component, pid: number) => void;
  readonly onEnded?: (component: Component) => void;
}

export class Supervisor {
  private readonly children = new Map<Component, SupervisedChild>();
  private readonly watchers = new Set<() => void>();
  private readonly options: SupervisorOptions;
  private stopping = false;
  private restarting: Promise<void> | null = null;
  private readonly requests: Requests;

  constructor(options: SupervisorOptions) {
    this.options = options;
    this.requests = new Requests({
      logger: options.logger,
      restart: (component, reason) => this.requireChild(component)?.restart(reason),
      order: (component, id, order) => {
        const child = this.children.get(component);
        if (child?.isServing() !== true) return false;
        child.send({ v: IPC_VERSION, type: 'order', id, order });
        return true;
      },
      send: (component, message) => this.children.get(component)?.send(message),
    });
    for (const component of COMPONENTS) {
      const program = options.programs[component];
      if (program !== undefined) this.children.set(component, this.supervise(component, program));
    }
  }

  get all(): readonly SupervisedChild[] {
    return [...this.children.values()];
  }

  child(component: Component): SupervisedChild | undefined {
    return this.children.get(component);
  }

  statuses(): ComponentStatus[] {
    return this.all.map((child) => child.status());
  }

  broadcast(message: ManagerMessage, to: readonly Component[] = COMPONENTS): void {
    for (const component of to) this.children.get(component)?.send(message);
  }

  /**
   * Starts every component but the pipeline and resolves once they serve. Errors: the error of a child that could not
   * start; the signal's reason.
   */
  async startAll(signal: AbortSignal): Promise<void> {
    for (const wave of WAVES) {
      const members = this.membersOf(wave).filter((child) => !ON_DEMAND.has(child.component));
      for (const child of members) child.up('start');
      await this.until(() => members.every((child) => child.isServing() || child.state === 'fatal'), signal);
      const dead = members.find((child) => child.state === 'fatal');
      if (dead !== undefined) throw deathOf(dead);
    }
  }

  /** Stops everything in reverse order; resolves when no child is left. Bounded by the children's stop timeouts. */
  async stopAll(reason: string): Promise<void> {
    this.stopping = true;
    for (const wave of WAVES.toReversed()) {
      const members = this.membersOf(wave);
      for (const child of members) child.down(reason);
      await this.until(() => members.every((child) => child.state === 'stopped'));
    }
  }

  /** SIGKILL to all at once. */
  killAll(): void {
    for (const child of this.all) child.kill();
  }

  /**
   * Restarts one component, or all of them (down in reverse order, up in order). Resolves when the new processes have
   * been asked for. Errors: RTP_CONTROL_REFUSED.
   */
  async restart(component: Component | null, reason: string): Promise<void> {
    const child = this.requireChild(component);
    if (child !== null) {
      child.restart(reason);
      return;
    }
    this.restarting ??= this.restartAll(reason).finally(() => {
      this.restarting = null;
    });
    await this.restarting;
  }

  /** The child of that name; null for null. Errors: RTP_CONTROL_REFUSED when this system has none. */
  requireChild(component: Component | null): SupervisedChild | null {
    if (component === null) return null;
    const child = this.children.get(component);
    if (child === undefined) throw managerErrors.create('RTP_CONTROL_REFUSED', `This system has no ${component}.`);
    return child;
  }

  private async restartAll(reason: string): Promise<void> {
    const wanted = this.all.filter((child) => child.wanted === 'up').map((child) => child.component);
    for (const wave of WAVES.toReversed()) {
      const members = this.membersOf(wave);
      for (const child of members) child.down(reason);
      await this.until(() => members.every((child) => child.state === 'stopped'));
    }
    for (const wave of WAVES) {
      if (this.stopping) return;
      const members = this.membersOf(wave).filter((child) => wanted.includes(child.component));
      for (const child of members) child.up(reason);
      await this.until(() => this.stopping || members.every((child) => child.isServing() || child.state === 'fatal'));
    }
  }

  private supervise(component: Component, program: ChildProgram): SupervisedChild {
    const { options } = this;
    return new SupervisedChild({
      component,
      program,
      limits: options.limitsOf(component),
      logger: options.logger,
      onChange: (child) => {
        for (const look of [...this.watchers]) look();
        options.onChange(child);
      },
      ...(options.onHeartbeat === undefined ? {} : { onHeartbeat: options.onHeartbeat }),
      onWant: (message) => this.onWant(component, message),
      onRequest: (message) => this.requests.onRequest(component, message),
      onDone: (message) => this.requests.onDone(component, message),
      onSpawned: (pid) => options.onSpawned?.(component, pid),
      onEnded: () => {
        this.requests.onEnded(component);
        options.onEnded?.(component);
      },
    });
  }

  private onWant(from: Component, message: WantMessage): void {
    const child = this.children.get(message.component);
    if (this.stopping || this.restarting !== null || child === undefined) return;
    if (from !== 'scheduler' || !ON_DEMAND.has(message.component)) {
      this.options.logger.warn('a wish without the right to it', { from, ...message });
      return;
    }
    if (message.wanted === 'up') child.up(message.reason);
    else child.down(message.reason);
  }

  private membersOf(wave: readonly Component[]): SupervisedChild[] {
    return wave.flatMap((component) => this.children.get(component) ?? []);
  }

  private until(predicate: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.watchers.delete(look);
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        leave();
        reject(signal?.reason);
      };
      const look = (): void => {
        if (signal?.aborted) onAbort();
        else if (predicate()) {
          leave();
          resolve();
        }
      };
      this.watchers.add(look);
      signal?.addEventListener('abort', onAbort);
      look();
    });
  }
}

function deathOf(child: SupervisedChild): Error {
  const { lastEnd } = child;
  if (lastEnd === null) return managerErrors.create('RTP_CHILD_FAILED', `${child.component}: ${child.reason}.`);
  return errorOfDeadChild(child.component, lastEnd.exit, lastEnd.stderr);
}
