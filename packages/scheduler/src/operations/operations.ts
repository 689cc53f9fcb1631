/**
 * What people ask of the pipeline over the Control API, one thing at a time.
 *
 *   begin ──things are so already──▶ done
 *   begin ──▶ running ──a snapshot shows it──▶ done
 *                  ├──the pipeline is given up, or the request is refused──▶ failed
 *                  └──not within `operation_timeout_ms`, or something else was wanted meanwhile──▶ failed
 *
 * The same thing asked again while it runs is the same operation; another thing is a conflict. An operation is over only
 * when the system's own snapshot shows its end.
 */
import { randomUUID } from 'node:crypto';
import {
  type ComponentStatus,
  componentOf,
  type Logger,
  type ManagerRequest,
  type MarketClock,
  monotonicMs,
  type RealTimer,
  type RequestAnswer,
  realDelay,
  realTimer,
  type SystemStatus,
} from '@rtp/core';
import { schedulerErrors } from '../errors.ts';
import type { EventSink } from '../events/event-sink.ts';
import type { PipelineControl } from '../pipeline-control.ts';
import { type Operation, type OperationAction, operationView } from './operation.ts';

/** Enough to tell operations apart for as long as an audit log is kept. */
const ID_LENGTH = 8;

export interface OperationsOptions {
  readonly clock: MarketClock;
  readonly control: PipelineControl;
  readonly request: (request: ManagerRequest) => Promise<RequestAnswer>;
  readonly events: EventSink;
  readonly logger: Logger;
  readonly timeoutMs: number;
  /** Operations that are remembered. */
  readonly kept: number;
}

interface Running {
  operation: Operation;
  /** The pipeline's process when it was asked for. */
  readonly pid: number | null;
  readonly timeout: RealTimer;
}

export class Operations {
  private readonly options: OperationsOptions;
  private history: readonly Operation[] = [];
  private running: Running | null = null;
  private pipeline: ComponentStatus | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(options: OperationsOptions) {
    this.options = options;
  }

  /** Newest last. */
  get all(): readonly Operation[] {
    return this.history;
  }

  /** Errors: RTP_OPERATION_UNKNOWN. */
  get(id: string): Operation {
    const operation = this.history.find((known) => known.id === id);
    if (operation === undefined) throw schedulerErrors.create('RTP_OPERATION_UNKNOWN', `There is no operation ${id}.`);
    return operation;
  }

  /** Takes in a snapshot of the system: an operation under way may be over by it. */
  observe(system: SystemStatus): void {
    this.pipeline = componentOf(system, 'pipeline');
    this.judge();
  }

  /** Begins, or returns the same that is under way. Errors: RTP_OPERATION_CONFLICT, RTP_OPERATION_REFUSED. */
  begin(action: OperationAction, by: string): Operation {
    const { running } = this;
    if (running !== null) {
      if (running.operation.action === action) return running.operation;
      const { id, action: other } = running.operation;
      throw schedulerErrors.create('RTP_OPERATION_CONFLICT', `Operation ${id}, ${other}, is still under way.`);
    }
    const asked = this.ask(action, by);
    const operation: Operation = {
      id: randomUUID().slice(0, ID_LENGTH),
      action,
      state: 'running',
      by,
      startedAt: this.options.clock.now(),
      endedAt: null,
      ...asked,
    };
    this.options.logger.info('operation', { id: operation.id, action, by, ...asked });
    const timeout = realTimer(this.options.timeoutMs, () => this.end('failed', this.describeLack()), {
      keepAlive: false,
    });
    this.running = { operation, pid: this.pipeline?.pid ?? null, timeout };
    this.record(operation);
    if (action === 'restart') void this.requestRestart(operation.id, by);
    this.judge();
    return this.get(operation.id);
  }

  /** Resolves with the operation once it is over, at the latest after `waitMs` real ms. */
  async settled(id: string, waitMs: number): Promise<Operation> {
    const deadline = monotonicMs() + waitMs;
    while (this.get(id).state === 'running' && monotonicMs() < deadline) {
      const ended = new AbortController();
      const wake = (): void => ended.abort();
      this.waiting.add(wake);
      await realDelay(deadline - monotonicMs(), ended.signal).catch(() => {});
      this.waiting.delete(wake);
    }
    return this.get(id);
  }

  stop(): void {
    this.running?.timeout.cancel();
    for (const wake of [...this.waiting]) wake();
  }

  /** Takes the wish to where it has effect. */
  private ask(action: OperationAction, by: string): Pick<Operation, 'text' | 'changed'> {
    const { control } = this.options;
    if (action === 'restart') {
      if (this.pipeline?.wanted !== 'up') {
        throw schedulerErrors.create(
          'RTP_OPERATION_REFUSED',
          'The pipeline is not wanted now, so that there is nothing to restart; POST /start starts it.',
        );
      }
      return { text: 'the pipeline is being restarted', changed: ['pipeline.process'] };
    }
    const { changed, text } = action === 'start' ? control.startPipeline(by) : control.stopPipeline(by);
    return { text, changed: changed ? ['pipeline.wanted'] : [] };
  }

  private async requestRestart(id: string, by: string): Promise<void> {
    const { request } = this.options;
    const answer = await request({
      component: 'pipeline',
      what: 'restart',
      reason: `asked for by ${by}`,
      actor: 'operator',
    });
    if (!answer.ok && this.running?.operation.id === id) this.end('failed', answer.text);
  }

  private judge(): void {
    const { running, pipeline } = this;
    if (running === null || pipeline === undefined) return;
    const { action, text } = running.operation;
    const isServing = pipeline.state === 'ready' || pipeline.state === 'degraded';
    if (action === 'stop') {
      if (pipeline.wanted === 'down' && pipeline.pid === null) this.end('done', text);
    } else if (pipeline.state === 'fatal') {
      this.end('failed', `the pipeline was given up: ${pipeline.reason}`);
    } else if (pipeline.wanted === 'up' && isServing && (action === 'start' || pipeline.pid !== running.pid)) {
      this.end('done', action === 'restart' ? `the pipeline serves again, pid ${pipeline.pid}` : text);
    }
  }

  private describeLack(): string {
    const { pipeline } = this;
    const is = pipeline === undefined ? 'nothing is known of the pipeline' : `the pipeline is ${pipeline.state}`;
    return `not within ${this.options.timeoutMs} ms: ${is}${pipeline?.reason ? `, ${pipeline.reason}` : ''}`;
  }

  private end(state: 'done' | 'failed', text: string): void {
    const { running } = this;
    if (running === null) return;
    running.timeout.cancel();
    this.running = null;
    const operation: Operation = { ...running.operation, state, text, endedAt: this.options.clock.now() };
    this.options.logger[state === 'done' ? 'info' : 'warn'](`operation ${state}`, { id: operation.id, text });
    this.record(operation);
    for (const wake of [...this.waiting]) wake();
  }

  private record(operation: Operation): void {
    const others = this.history.filter(({ id }) => id !== operation.id);
    this.history = [...others, operation].slice(-this.options.kept);
    this.options.events.publish('operation', operationView(operation));
  }
}
