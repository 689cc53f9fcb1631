/** How far live bars were from the official ones, over days. */
import type { SourceDifferences } from '@rtp/store-client';

export const QUALITY_FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;
export type QualityField = (typeof QUALITY_FIELDS)[number];

/** Of a price in basis points of the official close, of the volume in percent of the official one. */
export interface FieldQuality {
  /** Minutes compared in which it was another. */
  readonly differ: number;
  readonly mean: number | null;
  readonly max: number | null;
}

export interface SourceQuality extends Readonly<Record<QualityField, FieldQuality>> {
  readonly source: SourceDifferences['source'];
  /** Minutes compared, equal ones included. */
  readonly compared: number;
  /** Minutes that the source did not see whole; not compared. */
  readonly partial: number;
}

interface Sum {
  compared: number;
  partial: number;
  readonly fields: Record<QualityField, { differ: number; total: number; max: number }>;
}

/** Differences of one symbol while days are added. */
export class LiveQuality {
  private readonly sums = new Map<SourceDifferences['source'], Sum>();

  add(day: SourceDifferences): void {
    const sum = this.sumOf(day.source);
    sum.compared += day.compared;
    sum.partial += day.partial;
    for (const field of QUALITY_FIELDS) {
      const { differ, mean, max } = valuesOf(day, field);
      const of = sum.fields[field];
      of.differ += differ;
      of.total += mean * day.compared;
      of.max = Math.max(of.max, max);
    }
  }

  /** Adds what was found elsewhere, over days or symbols. */
  addQuality(quality: SourceQuality): void {
    const sum = this.sumOf(quality.source);
    sum.compared += quality.compared;
    sum.partial += quality.partial;
    for (const field of QUALITY_FIELDS) {
      const of = sum.fields[field];
      of.differ += quality[field].differ;
      of.total += (quality[field].mean ?? 0) * quality.compared;
      of.max = Math.max(of.max, quality[field].max ?? 0);
    }
  }

  sources(): readonly SourceQuality[] {
    return [...this.sums].map(([source, { compared, partial, fields }]) => {
      const quality = QUALITY_FIELDS.map((field): readonly [QualityField, FieldQuality] => {
        const { differ, total, max } = fields[field];
        return [field, compared === 0 ? { differ, mean: null, max: null } : { differ, mean: total / compared, max }];
      });
      return { source, compared, partial, ...(Object.fromEntries(quality) as Record<QualityField, FieldQuality>) };
    });
  }

  private sumOf(source: SourceDifferences['source']): Sum {
    let sum = this.sums.get(source);
    if (sum === undefined) {
      const fields = QUALITY_FIELDS.map((field) => [field, { differ: 0, total: 0, max: 0 }] as const);
      sum = { compared: 0, partial: 0, fields: Object.fromEntries(fields) as Sum['fields'] };
      this.sums.set(source, sum);
    }
    return sum;
  }
}

function valuesOf(day: SourceDifferences, field: QualityField): { differ: number; mean: number; max: number } {
  if (field === 'volume') {
    const { differ, meanPercent, maxPercent } = day.volume;
    return { differ, mean: meanPercent ?? 0, max: maxPercent ?? 0 };
  }
  const { differ, meanBp, maxBp } = day[field];
  return { differ, mean: meanBp ?? 0, max: maxBp ?? 0 };
}
