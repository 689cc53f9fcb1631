/** What the product promises of a day, against what was measured. */
import type { DayReport } from './day-report.ts';
import { decimalText, megabytesText, msText, percentText, wholeText } from './wording.ts';

type Promised = DayReport['promises'][number];
type Verdict = Promised['verdict'];
type Measured = Pick<DayReport, 'coverage' | 'minute_to_known' | 'operations' | 'proof' | 'verdict'>;

const QUERYABLE_MS = 500;
/** Beyond the grace. */
const AFTER_CLOSE_MS = 1_000;
const ERROR_PERCENT = 1;
const PSS_BYTES = 500e6;
const CPU_PERCENT = 20;

export function promisesOf(day: Measured): readonly Promised[] {
  const { operations } = day;
  const lines = [coverage(day), proof(day)];
  if (operations === null) return lines;
  const { lag, broker, memory, cpu, speed } = operations;
  const isRealPace = speed.min === 1 && speed.max === 1;
  const pace = isRealPace ? '' : ` (at ${decimalText(speed.max, 0)} times the pace)`;
  const queryable = added(lag.seal_to_ack_p99_ms, lag.publish_p99_ms);
  const afterClose = added(day.minute_to_known.p99_ms, queryable);
  return [
    ...lines,
    line(
      'Sealed minute to queryable, p99',
      `under ${QUERYABLE_MS} ms`,
      msText(queryable),
      under(queryable, QUERYABLE_MS),
    ),
    line(
      'Minute close to queryable, p99',
      `under the grace + ${AFTER_CLOSE_MS / 1_000} s, at the real pace`,
      `${msText(afterClose)}, grace ${msText(lag.grace_ms)}${pace}`,
      isRealPace && lag.grace_ms !== null ? under(afterClose, lag.grace_ms + AFTER_CLOSE_MS) : 'not_known',
    ),
    line(
      'Errors',
      `under ${ERROR_PERCENT} % of calls`,
      `${wholeText(broker.errors)} of ${wholeText(broker.calls)} calls`,
      under(broker.error_percent, ERROR_PERCENT),
    ),
    line(
      'Chart calls',
      "within the day's cap",
      `${wholeText(broker.chart_calls_used)} of ${wholeText(broker.chart_calls_cap)}`,
      broker.chart_calls_cap === null ? 'not_known' : under(broker.chart_calls_used, broker.chart_calls_cap + 1),
    ),
    line(
      'Memory of all processes, most',
      `under ${megabytesText(PSS_BYTES)} of PSS at 500 symbols`,
      megabytesText(memory.pss_max_bytes),
      under(memory.pss_max_bytes, PSS_BYTES),
    ),
    line(
      'CPU in session',
      `under ${CPU_PERCENT} % of a core, at the real pace`,
      `${percentText(cpu.session_percent_of_core, 1)}${pace}`,
      isRealPace ? under(cpu.session_percent_of_core, CPU_PERCENT) : 'not_known',
    ),
  ];
}

function coverage({ coverage: of, verdict }: Measured): Promised {
  const over = of.expected - of.pending;
  return line(
    'Coverage',
    'every expected minute is a bar, or an absence with a reason that settles it',
    `${wholeText(over - of.unknown)} of ${wholeText(over)} minutes`,
    verdict.state === 'running' ? 'not_known' : of.unknown === 0 ? 'kept' : 'missed',
  );
}

function proof({ proof: { state, summary } }: Measured): Promised {
  const verdict = state === 'none' ? 'not_known' : state === 'proved' ? 'kept' : 'missed';
  return line('Indicators', 'stored values equal those computed again from the bars', summary, verdict);
}

const line = (name: string, promise: string, measured: string, verdict: Verdict): Promised => ({
  name,
  promise,
  measured,
  verdict,
});

const under = (value: number | null, limit: number): Verdict => {
  if (value === null) return 'not_known';
  return value < limit ? 'kept' : 'missed';
};

const added = (a: number | null, b: number | null): number | null => (a === null ? null : a + (b ?? 0));
