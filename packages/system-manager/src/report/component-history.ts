import type { ComponentSample, EpochMs } from '@rtp/core';
import type { ReportComponent } from './day-report.ts';
import { largest, quantile } from './quantile.ts';
import { RisingCount } from './rising-count.ts';

/** One component while the samples of a date are added. */
export class ComponentHistory {
  private readonly name: string;
  private readonly pss: number[] = [];
  private readonly cpu = new RisingCount();
  private readonly restarts = new RisingCount();
  private readonly errors = new RisingCount();
  private rssMax: number | null = null;
  private loopLagMax: number | null = null;
  /** PSS by minute, the most. */
  readonly pssByMinute = new Map<EpochMs, number>();

  constructor(name: string) {
    this.name = name;
  }

  /** The simulated exchange costs what it costs. */
  get isCounted(): boolean {
    return this.name !== 'simulator';
  }

  /** Where its counts stood before the date. */
  startAt(sample: ComponentSample, managerPid: number | null): void {
    this.cpu.startAt(sample.pid, sample.cpu_seconds);
    this.errors.startAt(sample.pid, sample.errors);
    this.restarts.startAt(managerPid, sample.restarts);
  }

  /** Takes in a sample; returns the CPU seconds since the one before. */
  add(minute: EpochMs, sample: ComponentSample, managerPid: number | null): number {
    const { pid, pss_bytes: pss } = sample;
    if (pss !== null) {
      this.pss.push(pss);
      this.pssByMinute.set(minute, Math.max(this.pssByMinute.get(minute) ?? 0, pss));
    }
    this.rssMax = largest([this.rssMax, sample.rss_bytes]);
    this.loopLagMax = largest([this.loopLagMax, sample.loop_lag_ms]);
    this.restarts.read(managerPid, sample.restarts);
    this.errors.read(pid, sample.errors);
    return this.cpu.read(pid, sample.cpu_seconds);
  }

  /** What it was over so many real seconds. */
  summary(realSeconds: number): ReportComponent {
    const cpu = this.cpu.total;
    return {
      component: this.name,
      counted: this.isCounted,
      pss_median_bytes: quantile(this.pss, 0.5),
      pss_max_bytes: largest(this.pss),
      rss_max_bytes: this.rssMax,
      cpu_seconds: cpu,
      cpu_percent: cpu === null || realSeconds <= 0 ? null : (100 * cpu) / realSeconds,
      loop_lag_max_ms: this.loopLagMax,
      restarts: this.restarts.total ?? 0,
      errors: this.errors.total,
    };
  }
}
