/**
 * The life of a supervised child process.
 *
 *   booting ──start() resolves──▶ ready ──shutdown message, SIGTERM or a fatal error──▶ stopping ──▶ exited
 *      └──────start() rejects, channel closes────────────────────────────────────────▶ stopping ──▶ exited
 *
 * While ready it sends a heartbeat with loop lag, memory, progress and the component's report. When the
 * manager's channel closes (the manager died) the child stops with reason `orphaned`: it finishes what it has in
 * hand and skips long work, and is gone within `supervision.orphan_exit_ms` whatever happens. An unexpected
 * exception ends the process: crash-only, the supervisor starts a fresh one.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { SessionCalendar } from '../calendar/session-calendar.ts';
import type { MarketClock } from '../clock/market-clock.ts';
import { monotonicMs, realInterval, realTimer } from '../clock/real-time.ts';
import { VirtualClock } from '../clock/virtual-clock.ts';
import type { RtpConfig } from '../config/schema.ts';
import { describeError, exitCodeOf, RtpError } from '../errors/rtp-error.ts';
import type { Alert } from '../ipc/alerts.ts';
import type { Actor, Component } from '../ipc/components.ts';
import { type ChildMessage, IPC_VERSION, managerMessageSchema, parseIpc, type SystemStatus } from '../ipc/messages.ts';
import type { Order } from '../ipc/orders.ts';
import type { ComponentReports } from '../ipc/reports.ts';
import type { Logger } from '../logging/logger.ts';
import { redactText } from '../logging/redact.ts';
import { collectBuffers } from '../process/collect-buffers.ts';
import type { DataPaths } from '../process/data-paths.ts';
import { loadRunContext } from './run-context.ts';

/** Why a child is asked to stop. `orphaned`: its manager is gone, so long work (seal, checkpoint) is skipped. */
export type StopCause = 'shutdown' | 'signal' | 'orphaned' | 'failed';

export interface StopRequest {
  readonly cause: StopCause;
  readonly reason: string;
  /** Monotonic instant by which the process ends regardless. */
  readonly deadline: number;
}

/** What a component's `start` hands back once it serves. */
export interface RunningComponent<Role extends Component> {
  /** The component's report, asked for with every heartbeat: cheap, no I/O. */
  report(): ComponentReports[Role];
  /** Grows while useful work is done. */
  progress(): number;
  /** Ends work in hand, releases everything. Called once. */
  stop(request: StopRequest): Promise<void>;
  /** Snapshot of the whole system, pushed by the manager. */
  onSystemStatus?(status: SystemStatus): void;
  /** Carries out an order; resolves with what came of it, for people. An order it does not take is refused for it. */
  onOrder?(order: Order): Promise<string>;
  /** Something a person has to see, raised by the manager. */
  onAlert?(alert: Alert): void;
}

/** Everything a component is given. */
export interface ChildContext {
  readonly config: RtpConfig;
  readonly paths: DataPaths;
  readonly clock: MarketClock;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  /** Aborted when the process starts to stop. */
  readonly signal: AbortSignal;
  /** Asks the manager to bring a component up or down (the scheduler's right). */
  want(component: Component, wanted: 'up' | 'down', reason: string, actor: Actor): void;
  /** Asks the manager for a restart, or for an order to a component (the scheduler's right); resolves with its answer. */
  request(request: ManagerRequest): Promise<RequestAnswer>;
  /**
   * Announces a long operation: for at most `maxMs` real ms this process may be late with readiness and heartbeats and
   * need not progress. Returns how to say that it is over.
   */
  announce(what: string, maxMs: number): () => void;
  /** Has the manager raise an alert: once for each thing that a person has to see. */
  raise(alert: Alert): void;
  /** Ends the process because its job is impossible or finished; null ends it with exit code 0. */
  exit(error: unknown | null): void;
}

/** What the scheduler asks of the manager. */
export type ManagerRequest = Pick<
  Extract<ChildMessage, { readonly type: 'request' }>,
  'component' | 'what' | 'reason' | 'actor'
>;

/** What became of it, for people. */
export interface RequestAnswer {
  readonly ok: boolean;
  readonly text: string;
}

/** Runs `start` as the body of a child process; returns when it serves. The process's only entry point. */
export async function runChild<Role extends Component>(
  role: Role,
  start: (context: ChildContext) => Promise<RunningComponent<Role>>,
): Promise<void> {
  const { values } = parseArgs({ options: { 'data-dir': { type: 'string' } }, strict: true });
  const run = await loadRunContext(role, values['data-dir']).catch(exitWith);
  const { config, paths, clock, calendar, logger, closeLogger } = run;
  const supervision = config.supervision;
  const stopping = new AbortController();
  let component: RunningComponent<Role> | undefined;
  let stopped = false;
  const asked = new Map<string, (answer: RequestAnswer) => void>();
  let requests = 0;

  const send = (message: ChildMessage): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  };

  const finish = async (request: StopRequest, exitCode: number): Promise<void> => {
    if (stopped) return;
    stopped = true;
    logger.info('stopping', { cause: request.cause, reason: request.reason });
    realTimer(Math.max(0, request.deadline - monotonicMs()), () => process.exit(exitCode || 1));
    stopping.abort(new Error(request.reason));
    let code = exitCode;
    try {
      await component?.stop(request);
    } catch (error) {
      logger.error('stop failed', { error: describeError(error) });
      code ||= exitCodeOf(error);
    }
    logger.info('stopped', { exitCode: code });
    await closeLogger();
    process.exit(code);
  };

  const stopWithin = (ms: number, cause: StopCause, reason: string, exitCode = 0): Promise<void> =>
    finish({ cause, reason, deadline: monotonicMs() + ms }, exitCode);

  const fail = (error: unknown): void => {
    const fields =
      error instanceof RtpError ? { code: error.code, fix: error.fix } : { stack: (error as Error)?.stack };
    logger.error(describeError(error), fields);
    printError(error);
    void stopWithin(supervision.stop_timeout_ms, 'failed', describeError(error), exitCodeOf(error));
  };

  const obey = async (id: string, order: Order): Promise<void> => {
    let answer: RequestAnswer;
    try {
      answer = { ok: true, text: await carryOut(order) };
    } catch (error) {
      answer = { ok: false, text: describeError(error) };
    }
    send({ v: IPC_VERSION, type: 'done', id, ...answer });
  };
  const carryOut = async (order: Order): Promise<string> => {
    if (order.name === 'log-level') {
      run.setLogLevel(order.level);
      return `keeps lines from ${order.level} on`;
    }
    if (component?.onOrder === undefined) throw new Error(`${role} takes no order ${order.name}`);
    return component.onOrder(order);
  };

  // With the manager the readers of both pipes are gone; that is the channel's news to tell.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.on('SIGTERM', () => void stopWithin(supervision.stop_timeout_ms, 'signal', 'SIGTERM'));
  // Ctrl+C reaches the whole foreground group; the manager decides what it means.
  process.on('SIGINT', () => {});
  const onOrphaned = (): void => {
    // A stop already under way may have been given more time than an orphan has.
    realTimer(supervision.orphan_exit_ms, () => process.exit(1), { keepAlive: false });
    void stopWithin(supervision.orphan_exit_ms, 'orphaned', 'the manager is gone');
  };
  process.on('disconnect', onOrphaned);
  process.on('message', (raw) => {
    const message = parseIpc(managerMessageSchema, raw);
    if (message.type === 'shutdown') void stopWithin(message.deadlineMs, 'shutdown', message.reason);
    else if (message.type === 'clock' && clock instanceof VirtualClock) clock.reanchor(message.anchor);
    else if (message.type === 'system') component?.onSystemStatus?.(message.status);
    else if (message.type === 'alert') component?.onAlert?.(message.alert);
    else if (message.type === 'order') void obey(message.id, message.order);
    else if (message.type === 'answer') {
      asked.get(message.id)?.({ ok: message.ok, text: message.text });
      asked.delete(message.id);
    }
  });

  // The manager may have died while this process was still loading, before anyone listened.
  if (process.send !== undefined && !process.connected) onOrphaned();

  const context: ChildContext = {
    config,
    paths,
    clock,
    calendar,
    logger,
    signal: stopping.signal,
    want: (wantedComponent, wanted, reason, actor) =>
      send({ v: IPC_VERSION, type: 'want', component: wantedComponent, wanted, reason, actor }),
    request: (request) => {
      requests += 1;
      const id = `${process.pid}-${requests}`;
      return new Promise((resolve) => {
        asked.set(id, resolve);
        send({ v: IPC_VERSION, type: 'request', id, ...request });
      });
    },
    announce: (what, maxMs) => {
      send({ v: IPC_VERSION, type: 'operation', what, maxMs });
      return () => send({ v: IPC_VERSION, type: 'operation', what: '', maxMs: 0 });
    },
    raise: (alert) => send({ v: IPC_VERSION, type: 'alert', alert }),
    exit: (error) => {
      if (error === null) void stopWithin(supervision.stop_timeout_ms, 'shutdown', 'finished');
      else fail(error);
    },
  };

  try {
    component = await start(context);
  } catch (error) {
    // A start that was told to stop fails of it.
    if (!stopped) fail(error);
    return;
  }
  if (stopped) {
    await component.stop({ cause: 'failed', reason: 'stopped while starting', deadline: monotonicMs() + 1_000 });
    return;
  }
  send({ v: IPC_VERSION, type: 'ready', report: component.report() });
  logger.info('ready');
  beat(component, send, supervision.heartbeat_interval_ms);
  collectBuffers();
}

/** The lines a supervisor reads when a child dies: `CODE: message`, then what to do. */
function printError(error: unknown): void {
  const fix = error instanceof RtpError ? `${error.fix}\n` : '';
  process.stderr.write(redactText(`${describeError(error)}\n${fix}`));
}

function exitWith(error: unknown): never {
  printError(error);
  process.exit(exitCodeOf(error));
}

function beat<Role extends Component>(
  component: RunningComponent<Role>,
  send: (message: ChildMessage) => void,
  intervalMs: number,
): void {
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  realInterval(intervalMs, () => {
    const loopLagMs = Math.max(0, loop.max / 1e6 - 10);
    loop.reset();
    send({
      v: IPC_VERSION,
      type: 'heartbeat',
      loopLagMs,
      rssBytes: process.memoryUsage.rss(),
      progress: component.progress(),
      report: component.report(),
    });
  });
}
