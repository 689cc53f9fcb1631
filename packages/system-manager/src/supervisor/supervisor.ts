/**
 * All children of one system: their order, their records, and the wish for the pipeline.
 *
 * Start goes wave by wave, each wave once the one before serves; stop goes backwards. A child's death leaves the others alone
 * unless they need it and it stays away (`dependencies.ts`). The pipeline runs when the scheduler wants it.
 */
import {
  type Actor,
  type Alert,
  COMPONENTS,
  type Component,
  type ComponentStatus,
  IPC_VERSION,
  type Logger,
  type ManagerMessage,
  type RealTimer,
  realTimer,
} from '@rtp/core';
import { managerErrors } from '../errors.ts';
import type { DeathLedger } from '../records/death-ledger.ts';
import type { ChildProgram } from './child-handle.ts';
import type { WantMessage } from './child-messages.ts';
import { NEEDS } from './dependencies.ts';
import { errorOfDeadChild } from './describe-exit.ts';
import { Requests } from './requests.ts';
import { type ChildLimits, SupervisedChild } from './supervised-child.ts';

/** Components that start together; a wave waits for the one before. Stopped in reverse. */
const WAVES: readonly (readonly Component[])[] = [['simulator', 'store'], ['scheduler', 'monitor'], ['pipeline']];

/** Started and stopped at the scheduler's wish alone. */
const ON_DEMAND: ReadonlySet<Component> = new Set(['pipeline']);

export interface SupervisorOptions {
  /** The components of this system. */
  readonly components: readonly Component[];
  /** What is started for a component from now on. */
  programOf(component: Component): ChildProgram;
  limitsOf(component: Component): ChildLimits;
  /** Real ms that a component may be away before those that need it are stopped. */
  dependencyGraceMs(): number;
  readonly ledger: DeathLedger;
  /** Whether a component has to make progress at present. */
  isOnDuty(component: Component): boolean;
  readonly logger: Logger;
  /** A child was given up. */
  readonly onFatal: (child: SupervisedChild) => void;
  /** A child has something that a person has to see. */
  readonly onAlert?: (alert: Alert) => void;
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
  /** Components that others need and that are away, with the end of the grace. */
  private readonly away = new Map<Component, RealTimer>();

  constructor(options: SupervisorOptions) {
    this.options = options;
    this.requests = new Requests({
      logger: options.logger,
      restart: (component, reason, actor) => this.requireChild(component)?.restart(reason, actor),
      order: (component, id, order) => {
        const child = this.children.get(component);
        if (child?.isServing() !== true) return false;
        child.send({ v: IPC_VERSION, type: 'order', id, order });
        return true;
      },
      send: (component, message) => this.children.get(component)?.send(message),
    });
    for (const component of options.components) this.children.set(component, this.supervise(component));
  }

  get all(): readonly SupervisedChild[] {
    return COMPONENTS.flatMap((component) => this.children.get(component) ?? []);
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
      for (const child of members) child.up('start', 'operator');
      await this.until(() => members.every(isSettled), signal);
      const dead = members.find((child) => child.state === 'fatal');
      if (dead !== undefined) throw deathOf(dead);
    }
  }

  /** Stops everything in reverse order; resolves when no child is left. Bounded by the children's stop timeouts. */
  async stopAll(reason: string, actor: Actor): Promise<void> {
    this.stopping = true;
    for (const grace of this.away.values()) grace.cancel();
    for (const wave of WAVES.toReversed()) {
      const members = this.membersOf(wave);
      for (const child of members) child.down(reason, actor);
      await this.until(() => members.every((child) => child.state === 'stopped'));
    }
  }

  /** Starts those afresh that were given up; their names. */
  rearm(reason: string): Component[] {
    const fatal = this.all.filter((child) => child.state === 'fatal');
    for (const child of fatal) child.restart(reason, 'operator');
    return fatal.map((child) => child.component);
  }

  /** SIGKILL to all at once. */
  killAll(): void {
    for (const child of this.all) child.kill();
  }

  /**
   * Restarts one component, or all of them (down in reverse order, up in order). Resolves when the new processes have
   * been asked for. Errors: RTP_CONTROL_REFUSED.
   */
  async restart(component: Component | null, reason: string, actor: Actor): Promise<void> {
    const child = this.requireChild(component);
    if (child !== null) {
      child.restart(reason, actor);
      return;
    }
    this.restarting ??= this.restartTogether(COMPONENTS, reason, actor).finally(() => {
      this.restarting = null;
    });
    await this.restarting;
  }

  /**
   * Restarts these components: down in reverse order, up in order, each wave once the one before serves. Resolves when those
   * that were wanted serve again or are given up. Waits for a restart of all that is under way.
   */
  async restartSome(components: readonly Component[], reason: string, actor: Actor): Promise<void> {
    while (this.restarting !== null) await this.restarting;
    this.restarting = this.restartTogether(components, reason, actor).finally(() => {
      this.restarting = null;
    });
    await this.restarting;
  }

  /** Takes in a component that this system did not have, and starts it; resolves when it serves or is given up. */
  async takeIn(component: Component, reason: string, actor: Actor): Promise<void> {
    if (this.children.has(component) || this.stopping) return;
    const child = this.supervise(component);
    this.children.set(component, child);
    child.up(reason, actor);
    await this.until(() => this.stopping || isSettled(child));
  }

  /** Stops a component in order and has it no longer. */
  async leaveOut(component: Component, reason: string, actor: Actor): Promise<void> {
    const child = this.children.get(component);
    if (child === undefined) return;
    child.down(reason, actor);
    await this.until(() => child.state === 'stopped');
    this.children.delete(component);
  }

  /** The child of that name; null for null. Errors: RTP_CONTROL_REFUSED when this system has none. */
  requireChild(component: Component | null): SupervisedChild | null {
    if (component === null) return null;
    const child = this.children.get(component);
    if (child === undefined) throw managerErrors.create('RTP_CONTROL_REFUSED', `This system has no ${component}.`);
    return child;
  }

  private async restartTogether(components: readonly Component[], reason: string, actor: Actor): Promise<void> {
    const affected = this.all.filter((child) => child.wanted === 'up' && components.includes(child.component));
    const wanted = affected.map((child) => child.component);
    for (const wave of WAVES.toReversed()) {
      const members = this.membersOf(wave).filter((child) => wanted.includes(child.component));
      for (const child of members) child.down(reason, actor);
      await this.until(() => members.every((child) => child.state === 'stopped'));
    }
    for (const wave of WAVES) {
      if (this.stopping) return;
      const members = this.membersOf(wave).filter((child) => wanted.includes(child.component));
      for (const child of members) child.up(reason, actor);
      await this.until(() => this.stopping || members.every(isSettled));
    }
  }

  private supervise(component: Component): SupervisedChild {
    const { options } = this;
    return new SupervisedChild({
      component,
      program: () => options.programOf(component),
      limits: () => options.limitsOf(component),
      ledger: options.ledger,
      isOnDuty: () => options.isOnDuty(component),
      logger: options.logger,
      onChange: (child) => {
        this.followDependents(child);
        for (const look of [...this.watchers]) look();
        options.onChange(child);
      },
      onFatal: options.onFatal,
      ...(options.onHeartbeat === undefined ? {} : { onHeartbeat: options.onHeartbeat }),
      onWant: (message) => this.onWant(component, message),
      onRequest: (message) => this.requests.onRequest(component, message),
      onDone: (message) => this.requests.onDone(component, message),
      ...(options.onAlert === undefined ? {} : { onAlert: options.onAlert }),
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
    if (message.wanted === 'up') child.up(message.reason, message.actor);
    else child.down(message.reason, message.actor);
  }

  /** Holds those that need a component which is given up or stays away, and lets them go when it serves. */
  private followDependents(child: SupervisedChild): void {
    const { component } = child;
    const dependents = COMPONENTS.filter((other) => NEEDS[other]?.includes(component) === true);
    if (dependents.length === 0 || this.stopping) return;
    if (child.isServing()) {
      this.away.get(component)?.cancel();
      this.away.delete(component);
      for (const dependent of dependents) this.children.get(dependent)?.release(`${component} serves again`);
    } else if (child.state === 'fatal') {
      for (const dependent of dependents)
        this.children.get(dependent)?.hold(`it needs the ${component}, which is given up`);
    } else if (!this.away.has(component) && child.wanted === 'up') {
      const graceMs = this.options.dependencyGraceMs();
      const hold = (): void => {
        for (const dependent of dependents) {
          this.children.get(dependent)?.hold(`it needs the ${component}, which has been away for ${graceMs} ms`);
        }
      };
      this.away.set(component, realTimer(graceMs, hold));
    }
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

/** Whether nothing more comes of a child that is wanted up without another event. */
function isSettled(child: SupervisedChild): boolean {
  return child.isServing() || child.state === 'fatal' || (child.isHeld && child.state === 'stopped');
}

function deathOf(child: SupervisedChild): Error {
  const { lastEnd } = child;
  if (lastEnd === null) return managerErrors.create('RTP_CHILD_FAILED', `${child.component}: ${child.reason}.`);
  return errorOfDeadChild(child.component, lastEnd.exit, lastEnd.stderr);
}
