import { mkdirSync, rmSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { storeErrors } from '../errors.ts';
import { isFatal } from './engine-error.ts';
import { evictCached, giveBackMemory, grownBytes } from './give-back-memory.ts';
import { Session } from './session.ts';
import { StatementGate } from './statement-gate.ts';

export interface EngineOptions {
  readonly memoryLimitMb: number;
  readonly threads: number;
  /** WAL size at which DuckDB checkpoints by itself; large, because that makes a commit wait for seconds. */
  readonly checkpointThresholdMb: number;
  /** Where queries larger than memory spill to; emptied when opened. */
  readonly spillDir: string;
  /** Told once of an error after which only a fresh process can go on. */
  readonly onFatal: (error: unknown) => void;
}

/** Growth of the process since memory was given back last, at which that is due amid long work. */
const GROWN_BYTES = 64 * 1_024 * 1_024;

let open = false;

/**
 * The process's one DuckDB instance: an in-memory database to which the hot files are attached.
 *
 *   closed ──open()──▶ open ──close()──▶ closed
 *
 * POSIX record locks belong to the process, so a second instance on the same file would not be refused: both would
 * commit and one's rows would be lost. Hence the guard, and hence no code here opens a hot file with `fs`.
 */
export class Engine {
  private readonly instance: DuckDBInstance;
  private readonly onFatal: (error: unknown) => void;
  private readonly memoryLimitMb: number;
  private readonly gate = new StatementGate();
  private housekeeping: Session | undefined;
  private readonly sessions = new Set<Session>();
  private fatal = false;

  private constructor(instance: DuckDBInstance, { onFatal, memoryLimitMb }: EngineOptions) {
    this.instance = instance;
    this.onFatal = onFatal;
    this.memoryLimitMb = memoryLimitMb;
  }

  /** Errors: RTP_STORE_SECOND_INSTANCE. */
  static async open(options: EngineOptions): Promise<Engine> {
    if (open) throw storeErrors.create('RTP_STORE_SECOND_INSTANCE', 'DuckDB is open in this process already.');
    open = true;
    try {
      rmSync(options.spillDir, { recursive: true, force: true });
      mkdirSync(options.spillDir, { recursive: true });
      const instance = await DuckDBInstance.create(':memory:', {
        memory_limit: `${options.memoryLimitMb}MB`,
        threads: String(options.threads),
        checkpoint_threshold: `${options.checkpointThresholdMb}MB`,
        temp_directory: options.spillDir,
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      });
      return new Engine(instance, options);
    } catch (error) {
      open = false;
      throw error;
    }
  }

  /** A new connection; its time zone is UTC. */
  connect(): Promise<Session> {
    return this.connectPast(this.gate);
  }

  private async connectPast(gate: StatementGate): Promise<Session> {
    const session = new Session(await this.instance.connect(), gate, (error) => this.notice(error));
    this.sessions.add(session);
    await session.exec("SET TimeZone = 'UTC'");
    return session;
  }

  /** Drops cached blocks and returns freed memory to the system; inside the writer's queue. */
  async giveBackMemory(): Promise<void> {
    this.housekeeping ??= await this.connectPast(new StatementGate());
    const { housekeeping, memoryLimitMb } = this;
    try {
      await this.gate.whileIdle(() => evictCached(housekeeping, memoryLimitMb));
    } finally {
      await giveBackMemory(housekeeping);
    }
  }

  /** As `giveBackMemory`, if the process has grown since: for work of many steps, between two of them. */
  async giveBackGrown(): Promise<void> {
    if (grownBytes() > GROWN_BYTES) await this.giveBackMemory();
  }

  /** Closes every connection and the instance. */
  close(): void {
    for (const session of this.sessions) session.close();
    this.sessions.clear();
    this.instance.closeSync();
    open = false;
  }

  private notice(error: unknown): void {
    if (this.fatal || !isFatal(error)) return;
    this.fatal = true;
    this.onFatal(error);
  }
}
