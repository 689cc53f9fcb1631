import { istIso, type Sample } from '@rtp/core';
import type { ReportOperations } from './day-report.ts';
import { durationText } from './wording.ts';

/** Events that are kept; a day with more has one lasting trouble, not as many. */
const KEPT = 60;
/** Without a sample for longer, real ms, and for several times as long as between the two before: nobody looked. */
const SILENCE_MS = 60_000;
const SILENCE_FACTOR = 3;

type Event = ReportOperations['events'][number];

/** What changed between one sample and the next, as a list of events. */
export class SystemEvents {
  private readonly kept: Event[] = [];
  private leftOut = 0;
  private before: Sample | null = null;
  private spacingMs = Number.POSITIVE_INFINITY;
  private readonly degraded = new Map<string, { readonly kind: string; readonly since: number }>();

  add(sample: Sample): void {
    const { before } = this;
    if (before !== null) {
      this.compareTimes(before, sample);
      this.compareComponents(before, sample);
      this.compareSources(before, sample);
    }
    this.followDegraded(sample);
    this.before = sample;
  }

  summary(): Pick<ReportOperations, 'events' | 'events_left_out'> {
    return { events: this.kept, events_left_out: this.leftOut };
  }

  private compareTimes(before: Sample, sample: Sample): void {
    const realMs = sample.wall_ts - before.wall_ts;
    if (realMs > SILENCE_MS && realMs > SILENCE_FACTOR * this.spacingMs) {
      this.tell(sample, `monitor: no samples for ${durationText(realMs)}`);
    } else this.spacingMs = Math.max(1, realMs);
  }

  private compareComponents(before: Sample, sample: Sample): void {
    for (const [name, now] of Object.entries(sample.components)) {
      const was = before.components[name];
      if (was === undefined) continue;
      if (was.state !== now.state) this.tell(sample, `${name}: ${was.state} → ${now.state}`);
      else if (was.pid !== now.pid && was.pid !== null && now.pid !== null) {
        this.tell(sample, `${name}: another process, ${now.state} again`);
      }
    }
  }

  private compareSources(before: Sample, sample: Sample): void {
    if (before.market.phase !== 'open' || sample.market.phase !== 'open') return;
    const [was, now] = [before.pipeline?.live_source, sample.pipeline?.live_source];
    if (was !== undefined && now !== undefined && was !== now) this.tell(sample, `live source: ${was} → ${now}`);
  }

  /** Texts that differ in their numbers only are the same condition going on. */
  private followDegraded(sample: Sample): void {
    for (const [name, { degraded }] of Object.entries(sample.components)) {
      const kind = degraded.replace(/\d[\d.,:]*/g, '#');
      const was = this.degraded.get(name);
      if (was !== undefined && was.kind !== kind) {
        this.degraded.delete(name);
        if (kind === '') this.tell(sample, `${name}: no longer degraded, after ${durationText(sample.ts - was.since)}`);
      }
      if (kind === '' || was?.kind === kind) continue;
      this.degraded.set(name, { kind, since: was?.since ?? sample.ts });
      this.tell(sample, `${name} degraded: ${degraded}`);
    }
  }

  private tell(sample: Sample, text: string): void {
    if (this.kept.length < KEPT) this.kept.push({ at_ist: istIso(sample.ts), text });
    else this.leftOut += 1;
  }
}
