import { dataPaths, monotonicMs, realDelay } from '@rtp/core';
import { type ControlClient, controlClient } from '@rtp/system-manager';
import { pidOf } from '../system/support/rtp.ts';

/** Everything of ours but the manager itself; the simulator is the exchange. */
export const VICTIMS = ['store', 'scheduler', 'monitor', 'pipeline'] as const;
export type Victim = (typeof VICTIMS)[number];

/** How soon a component came back. */
export interface Recovery {
  readonly victim: Victim;
  readonly kills: number;
  readonly medianMs: number;
  readonly worstMs: number;
}

const LOOK_MS = 20;
/** Beyond any wait of the restart policy. */
const GIVE_UP_MS = 120_000;

/** Kills components of a running system and measures how soon each is ready again, by the manager's own word. */
export class RecoveryTimes {
  private readonly dataDir: string;
  private readonly client: ControlClient;
  private readonly tookMs = new Map<Victim, number[]>(VICTIMS.map((victim) => [victim, []]));
  private readonly kills = new Map<Victim, number>();
  private readonly waiting = new Map<Victim, Promise<void>>();

  constructor(dataDir: string) {
    this.dataDir = dataDir;
    this.client = controlClient(dataPaths(dataDir));
  }

  /** SIGKILL to the component's process; false when it has none at the moment. */
  strike(victim: Victim): boolean {
    const pid = pidOf(this.dataDir, victim);
    if (pid === null) return false;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      return false;
    }
    this.kills.set(victim, (this.kills.get(victim) ?? 0) + 1);
    if (!this.waiting.has(victim)) {
      const since = monotonicMs();
      const back = this.back(victim, since).finally(() => this.waiting.delete(victim));
      this.waiting.set(victim, back);
    }
    return true;
  }

  /** Resolves when every victim is back; rejects when one does not come. */
  async settled(): Promise<void> {
    await Promise.all(this.waiting.values());
  }

  summary(): Recovery[] {
    return VICTIMS.map((victim) => {
      const took = this.tookMs.get(victim)?.toSorted((a, b) => a - b) ?? [];
      return {
        victim,
        kills: this.kills.get(victim) ?? 0,
        medianMs: took[Math.floor(took.length / 2)] ?? 0,
        worstMs: took.at(-1) ?? 0,
      };
    });
  }

  private async back(victim: Victim, since: number): Promise<void> {
    for (;;) {
      await realDelay(LOOK_MS);
      const status = await this.client.status();
      const line = status.components.find(({ component }) => component === victim);
      // A process ready for longer than the wait is the one that was killed: the manager has not noticed yet.
      const isBack = line?.readyForMs != null && line.readyForMs < monotonicMs() - since;
      // A pipeline that nobody wants any more need not come back.
      if (isBack || line?.wanted === 'down') break;
      if (monotonicMs() - since > GIVE_UP_MS)
        throw new Error(`${victim} does not come back: ${line?.state}, ${line?.reason}`);
    }
    this.tookMs.get(victim)?.push(monotonicMs() - since);
  }
}
