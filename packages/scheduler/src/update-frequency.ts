import { type EpochMs, MINUTE_MS, type PipelineReport } from '@rtp/core';

/** Market time over which the frequency is taken. */
const WINDOW_MS = 10 * MINUTE_MS;

interface Sample {
  readonly at: EpochMs;
  readonly minutesSealed: number;
}

/** How many minutes are sealed for every minute that passes in session: 1 when all is current. */
export class UpdateFrequency {
  private pid: number | null = null;
  private samples: readonly Sample[] = [];

  /** Takes in the running process's report in session; null without one, or out of session. */
  observe(pid: number | null, report: Pick<PipelineReport, 'minutesSealed'> | null, now: EpochMs): void {
    const last = this.samples.at(-1);
    if (report === null || pid !== this.pid || (last !== undefined && now < last.at)) this.samples = [];
    this.pid = pid;
    if (report === null) return;
    const kept = this.samples.filter(({ at }) => now - at <= WINDOW_MS);
    this.samples = [...kept, { at: now, minutesSealed: report.minutesSealed }];
  }

  /** Null until it has been watched for a minute. */
  get value(): number | null {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < MINUTE_MS) return null;
    const perMinute = ((last.minutesSealed - first.minutesSealed) * MINUTE_MS) / (last.at - first.at);
    return Math.round(perMinute * 1_000) / 1_000;
  }
}
