/** What the monitor's samples say of a date. */
import { existsSync } from 'node:fs';
import { type EpochMs, eachSample, istIso, metricsFile, minuteStart, type Sample, type TradingDate } from '@rtp/core';
import { ComponentHistory } from './component-history.ts';
import type { ReportOperations } from './day-report.ts';
import { lastSampleBefore } from './last-sample-before.ts';
import { largest, quantile } from './quantile.ts';
import { RisingCount } from './rising-count.ts';
import { SystemEvents } from './system-events.ts';

/** Full points of the health score for freshness below this. */
const FRESH_S = 120;
const UP_STATES: readonly string[] = ['ready', 'degraded'];
const MANAGER = 'system-manager';

/** What is known of the date's run: the operations and the real time they took. */
export interface RecordedOperations {
  readonly operations: ReportOperations;
  /** Host wall clock of the first and last sample, epoch ms. */
  readonly wall: { readonly from: EpochMs; readonly to: EpochMs };
}

/**
 * Adds up the samples of a date; its series cover `shown`. Null when none was recorded. Errors: RTP_METRICS_UNREADABLE.
 */
export async function readOperations(
  metricsDir: string,
  date: TradingDate,
  shown: { readonly from: EpochMs; readonly to: EpochMs },
): Promise<RecordedOperations | null> {
  const file = metricsFile(metricsDir, date);
  if (!existsSync(file)) return null;
  const sum = new OperationsSum(lastSampleBefore(metricsDir, date));
  for await (const sample of eachSample(file)) sum.add(sample);
  return sum.result(shown);
}

type LagName = 'seal_to_ack_p50_ms' | 'seal_to_ack_p99_ms' | 'feed_p95_ms';
interface Minute {
  freshness_s: number | null;
  seal_to_ack_p50_ms: number | null;
  seal_to_ack_p99_ms: number | null;
  feed_p95_ms: number | null;
  cpuSeconds: number;
  realSeconds: number;
}

class OperationsSum {
  private readonly components = new Map<string, ComponentHistory>();
  private readonly minutes = new Map<EpochMs, Minute>();
  private readonly events = new SystemEvents();
  private readonly calls = new RisingCount();
  private readonly rateLimited = new RisingCount();
  private readonly totalPss: { readonly bytes: number; readonly at: EpochMs }[] = [];
  private readonly freshness: number[] = [];
  private readonly worst: Record<keyof ReportOperations['lag'], number | null> = {
    seal_to_ack_p50_ms: null,
    seal_to_ack_p99_ms: null,
    commit_p99_ms: null,
    publish_p99_ms: null,
    feed_p95_ms: null,
    grace_ms: null,
  };
  private readonly session = { samples: 0, up: 0, cpuSeconds: 0, realSeconds: 0 };
  private readonly speed = { min: Number.POSITIVE_INFINITY, max: 0 };
  private readonly charts = { used: null as number | null, cap: null as number | null, left: null as number | null };
  private samples = 0;
  private skipped = 0;
  private first: Sample | null = null;
  private last: Sample | null = null;

  constructor(before: Sample | null) {
    if (before === null) return;
    const managerPid = managerPidOf(before);
    for (const [name, component] of Object.entries(before.components)) {
      this.historyOf(name).startAt(component, managerPid);
    }
    const pid = before.components.pipeline?.pid ?? null;
    this.calls.startAt(pid, before.pipeline?.calls ?? null);
    this.rateLimited.startAt(pid, before.pipeline?.rate_limited ?? null);
  }

  add(sample: Sample | null): void {
    if (sample === null) {
      this.skipped += 1;
      return;
    }
    this.samples += 1;
    const minute = this.minuteOf(minuteStart(sample.ts));
    const cpuSeconds = this.addComponents(sample);
    // What a process had used before the date's first sample was not used since the sample before.
    if (this.last !== null) this.addCpu(sample, minute, cpuSeconds, (sample.wall_ts - this.last.wall_ts) / 1_000);
    this.addLags(sample, minute);
    this.addSession(sample);
    this.addBroker(sample);
    this.events.add(sample);
    if (sample.totals.pss_bytes !== null) this.totalPss.push({ bytes: sample.totals.pss_bytes, at: sample.ts });
    this.speed.min = Math.min(this.speed.min, sample.speed);
    this.speed.max = Math.max(this.speed.max, sample.speed);
    this.first ??= sample;
    this.last = sample;
  }

  result(shown: { readonly from: EpochMs; readonly to: EpochMs }): RecordedOperations | null {
    const { first, last, session, freshness } = this;
    if (first === null || last === null) return null;
    const realSeconds = (last.wall_ts - first.wall_ts) / 1_000;
    const components = [...this.components.values()].map((history) => history.summary(realSeconds));
    const counted = components.filter((of) => of.counted);
    const cpuSeconds = sumOf(counted.map((of) => of.cpu_seconds));
    const peak = this.totalPss.reduce((max, of) => (of.bytes > (max?.bytes ?? -1) ? of : max), this.totalPss[0]);
    const percent = (part: number, whole: number): number | null => (whole <= 0 ? null : (100 * part) / whole);
    const operations: ReportOperations = {
      samples: this.samples,
      skipped_lines: this.skipped,
      first_sample_ist: istIso(first.ts),
      last_sample_ist: istIso(last.ts),
      speed: this.speed,
      session: {
        samples: session.samples,
        pipeline_up_percent: percent(session.up, session.samples),
        fresh_percent: percent(freshness.filter((seconds) => seconds < FRESH_S).length, freshness.length),
        freshness_median_s: quantile(freshness, 0.5),
        freshness_max_s: largest(freshness),
      },
      lag: this.worst,
      memory: {
        pss_median_bytes: quantile(
          this.totalPss.map(({ bytes }) => bytes),
          0.5,
        ),
        pss_max_bytes: peak?.bytes ?? null,
        pss_max_ist: peak === undefined ? null : istIso(peak.at),
      },
      cpu: {
        seconds: cpuSeconds,
        percent_of_core: cpuSeconds === null ? null : percent(cpuSeconds, realSeconds),
        session_percent_of_core: percent(session.cpuSeconds, session.realSeconds),
      },
      components,
      broker: this.broker(components),
      ...this.events.summary(),
      series: this.series(shown),
    };
    return { operations, wall: { from: first.wall_ts, to: last.wall_ts } };
  }

  private addComponents(sample: Sample): number {
    const managerPid = managerPidOf(sample);
    let cpuSeconds = 0;
    for (const [name, component] of Object.entries(sample.components)) {
      const history = this.historyOf(name);
      const used = history.add(minuteStart(sample.ts), component, managerPid);
      if (history.isCounted) cpuSeconds += used;
    }
    return cpuSeconds;
  }

  private addCpu(sample: Sample, minute: Minute, cpuSeconds: number, realSeconds: number): void {
    minute.cpuSeconds += cpuSeconds;
    minute.realSeconds += realSeconds;
    if (sample.market.phase !== 'open') return;
    this.session.cpuSeconds += cpuSeconds;
    this.session.realSeconds += realSeconds;
  }

  private addLags({ lag, freshness_s: freshness }: Sample, minute: Minute): void {
    for (const name of Object.keys(this.worst) as (keyof ReportOperations['lag'])[]) {
      this.worst[name] = largest([this.worst[name], lag[name]]);
    }
    for (const name of ['seal_to_ack_p50_ms', 'seal_to_ack_p99_ms', 'feed_p95_ms'] satisfies LagName[]) {
      minute[name] = largest([minute[name], lag[name]]);
    }
    minute.freshness_s = largest([minute.freshness_s, freshness]);
    if (freshness !== null) this.freshness.push(freshness);
  }

  private addSession(sample: Sample): void {
    if (sample.market.phase !== 'open') return;
    this.session.samples += 1;
    if (UP_STATES.includes(sample.components.pipeline?.state ?? '')) this.session.up += 1;
  }

  private addBroker({ components, pipeline, market }: Sample): void {
    if (pipeline === null) return;
    const pid = components.pipeline?.pid ?? null;
    this.calls.read(pid, pipeline.calls);
    this.rateLimited.read(pid, pipeline.rate_limited);
    if (pipeline.trading_date !== market.date) return;
    this.charts.used = largest([this.charts.used, pipeline.chart_calls_used ?? null]);
    this.charts.cap = pipeline.chart_calls_cap ?? this.charts.cap;
    this.charts.left = pipeline.chart_calls_left;
  }

  private broker(components: readonly { component: string; errors: number | null }[]): ReportOperations['broker'] {
    const calls = this.calls.total ?? 0;
    const errors = components.find(({ component }) => component === 'pipeline')?.errors ?? 0;
    return {
      calls,
      errors,
      error_percent: calls === 0 ? null : (100 * errors) / calls,
      rate_limited: this.rateLimited.total ?? 0,
      chart_calls_used: this.charts.used,
      chart_calls_cap: this.charts.cap,
      chart_calls_left: this.charts.left,
    };
  }

  private series({ from, to }: { readonly from: EpochMs; readonly to: EpochMs }): ReportOperations['series'] {
    const shown = [...this.minutes].filter(([minute]) => minute >= from && minute <= to);
    const pick = (value: (minute: Minute) => number | null): (number | null)[] => shown.map(([, of]) => value(of));
    const pss = [...this.components].map(([name, { pssByMinute }]) => {
      return [name, shown.map(([minute]) => pssByMinute.get(minute) ?? null)] as const;
    });
    return {
      minutes_ist: shown.map(([minute]) => istIso(minute)),
      freshness_s: pick((of) => of.freshness_s),
      feed_p95_ms: pick((of) => of.feed_p95_ms),
      seal_to_ack_p50_ms: pick((of) => of.seal_to_ack_p50_ms),
      seal_to_ack_p99_ms: pick((of) => of.seal_to_ack_p99_ms),
      cpu_percent: pick((of) => (of.realSeconds <= 0 ? null : (100 * of.cpuSeconds) / of.realSeconds)),
      pss: Object.fromEntries(pss),
    };
  }

  private historyOf(name: string): ComponentHistory {
    let history = this.components.get(name);
    if (history === undefined) {
      history = new ComponentHistory(name);
      this.components.set(name, history);
    }
    return history;
  }

  private minuteOf(at: EpochMs): Minute {
    let minute = this.minutes.get(at);
    if (minute === undefined) {
      minute = {
        freshness_s: null,
        seal_to_ack_p50_ms: null,
        seal_to_ack_p99_ms: null,
        feed_p95_ms: null,
        cpuSeconds: 0,
        realSeconds: 0,
      };
      this.minutes.set(at, minute);
    }
    return minute;
  }
}

const managerPidOf = ({ components }: Sample): number | null => components[MANAGER]?.pid ?? null;

function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
