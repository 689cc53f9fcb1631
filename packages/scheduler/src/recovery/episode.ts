import type { EpochMs, Moment } from '@rtp/core';
import type { RecoveryStep, StepTaken } from './decide-recovery.ts';
import type { Signal } from './signals.ts';

/** A step as it is kept. */
export interface RecordedStep {
  readonly step: RecoveryStep;
  readonly at: EpochMs;
  /** What the manager or the component said of it; empty until it has. */
  readonly answer: string;
}

/** A time of bad health about which something was done. */
export interface Episode {
  readonly beganAt: EpochMs;
  /** Null while it lasts. */
  readonly endedAt: EpochMs | null;
  /** Market ms, from the first signal to its end or to now. */
  readonly durationMs: number;
  readonly end: 'recovered' | 'lapsed' | null;
  /** What spoke for it, newest figures. */
  readonly signals: readonly string[];
  readonly steps: readonly RecordedStep[];
  readonly isExhausted: boolean;
}

/** One that lasts. */
export interface OpenEpisode {
  readonly noticedAt: Moment;
  readonly newestBar: EpochMs | null;
  readonly texts: Map<Signal['kind'], string>;
  readonly recorded: RecordedStep[];
  /** Steps of the present pass. */
  pass: StepTaken[];
  exhaustedAt: Moment | null;
  isPaged: boolean;
  goodSince: Moment | null;
}

/** Steps that were taken, for people. */
export const DONE: Readonly<Record<RecoveryStep, string>> = {
  'reconnect-source': 'source reconnected',
  'restart-pipeline': 'pipeline restarted',
  'restart-store': 'store restarted',
};

export const openEpisode = (noticedAt: Moment, newestBar: EpochMs | null): OpenEpisode => ({
  noticedAt,
  newestBar,
  texts: new Map(),
  recorded: [],
  pass: [],
  exhaustedAt: null,
  isPaged: false,
  goodSince: null,
});

/** What speaks for it, for people. */
export const signalsIn = ({ texts }: OpenEpisode): string => [...texts.values()].join(', ');

/** Only an episode in which something was done is worth keeping. */
export const isKept = ({ recorded, isPaged }: OpenEpisode): boolean => recorded.length > 0 || isPaged;

/** The episode as it is kept, ended at `now` or, where `end` is null, as far as it has come. */
export function episodeOf(open: OpenEpisode, end: Episode['end'], now: EpochMs): Episode {
  const beganAt = open.noticedAt.at;
  return {
    beganAt,
    endedAt: end === null ? null : now,
    durationMs: Math.max(0, now - beganAt),
    end,
    signals: [...open.texts.values()],
    steps: [...open.recorded],
    isExhausted: open.isPaged,
  };
}
