/** The health score of the system: 0 to 100, always with its parts and the reason for every point that is lost. */

export const HEALTH_PARTS = [
  'pipeline_running',
  'market_hours',
  'error_rate',
  'data_freshness',
  'performance',
] as const;
export type HealthPart = (typeof HEALTH_PARTS)[number];

/** Points of each part when nothing is wrong; 100 together. */
const POINTS: Readonly<Record<HealthPart, number>> = {
  pipeline_running: 30,
  market_hours: 20,
  error_rate: 25,
  data_freshness: 15,
  performance: 10,
};
/** From the first figure on points are lost, at the second none is left. */
const ERROR_RATE = { full: 0.01, none: 0.05 };
const DATA_AGE_MS = { full: 120_000, none: 300_000 };
const CYCLE_MS = { full: 30_000, none: 60_000 };
/** No score above this while something critical has failed: below the threshold of the alert. */
const CRITICAL_CAP = 40;

export interface HealthScoreInputs {
  /** What the calendar, or an operator, wants of the pipeline, and what it does. */
  readonly wanted: 'up' | 'down';
  readonly isPipelineServing: boolean;
  /** Whether a process of the pipeline runs at all. */
  readonly isPipelineUp: boolean;
  readonly isSessionOpen: boolean;
  /** Failed calls of all, 0 to 1; null without a call. */
  readonly errorRate: number | null;
  /** Age of the newest bar in market ms; null while none is owed. */
  readonly dataAgeMs: number | null;
  /** From the end of a minute to its bars being acknowledged, ms; null while no minute was sealed. */
  readonly cycleMs: number | null;
  /** Failures that the system cannot do its work with, for people. */
  readonly critical: readonly string[];
}

export interface HealthScorePart {
  readonly part: HealthPart;
  readonly points: number;
  readonly of: number;
  /** Why points are lost; empty when none is. */
  readonly reason: string;
}

export interface HealthScore {
  /** 0 to 100, a whole number. */
  readonly score: number;
  readonly parts: HealthScorePart[];
  /** What holds the score down whatever its parts say; empty when nothing does. */
  readonly cappedBy: string[];
}

/** Works the score out from what is known now. */
export function healthScore(inputs: HealthScoreInputs): HealthScore {
  const parts = [runningPart(inputs), hoursPart(inputs), errorPart(inputs), freshnessPart(inputs), cyclePart(inputs)];
  const sum = Math.round(parts.reduce((total, { points }) => total + points, 0));
  const score = inputs.critical.length === 0 ? sum : Math.min(sum, CRITICAL_CAP);
  return { score, parts, cappedBy: [...inputs.critical] };
}

function runningPart({ wanted, isPipelineServing, isPipelineUp }: HealthScoreInputs): HealthScorePart {
  const isAsWanted = wanted === 'up' ? isPipelineServing : !isPipelineUp;
  return partOf(
    'pipeline_running',
    isAsWanted ? 1 : 0,
    `the pipeline is wanted ${wanted} and ${isPipelineUp ? 'runs' : 'does not run'}${isPipelineServing || !isPipelineUp ? '' : ', but does not serve'}`,
  );
}

function hoursPart({ isSessionOpen, isPipelineUp, wanted }: HealthScoreInputs): HealthScorePart {
  const isRight = isSessionOpen ? isPipelineUp : isPipelineUp === (wanted === 'up');
  return partOf(
    'market_hours',
    isRight ? 1 : 0,
    isSessionOpen ? 'the market is open and the pipeline does not run' : 'the pipeline runs out of its hours',
  );
}

function errorPart({ errorRate }: HealthScoreInputs): HealthScorePart {
  const rate = errorRate ?? 0;
  return partOf('error_rate', shareLeft(rate, ERROR_RATE), `${(rate * 100).toFixed(1)} % of calls failed`);
}

function freshnessPart({ dataAgeMs }: HealthScoreInputs): HealthScorePart {
  const ageMs = dataAgeMs ?? 0;
  return partOf(
    'data_freshness',
    shareLeft(ageMs, DATA_AGE_MS),
    `the newest bar is ${Math.round(ageMs / 1_000)} s old`,
  );
}

function cyclePart({ cycleMs }: HealthScoreInputs): HealthScorePart {
  const ms = cycleMs ?? 0;
  return partOf('performance', shareLeft(ms, CYCLE_MS), `a minute takes ${(ms / 1_000).toFixed(1)} s to be stored`);
}

function partOf(part: HealthPart, share: number, reason: string): HealthScorePart {
  const of = POINTS[part];
  const points = Math.round(of * share * 10) / 10;
  return { part, points, of, reason: points === of ? '' : reason };
}

/** 1 below `full`, 0 from `none` on, evenly between. */
function shareLeft(value: number, { full, none }: { readonly full: number; readonly none: number }): number {
  return Math.min(1, Math.max(0, (none - value) / (none - full)));
}
