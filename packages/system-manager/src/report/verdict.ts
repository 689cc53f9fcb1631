import type { DayReport } from './day-report.ts';
import type { StoredDay } from './stored-day.ts';
import { plural, timeText, wholeText } from './wording.ts';

/** The one sentence a reader looks for first. */
export function verdictOf(day: Pick<StoredDay, 'state' | 'coverage' | 'seal'>): DayReport['verdict'] {
  const { expected, unknown, pending, symbols } = day.coverage;
  const seal = sealText(day);
  if (expected === 0) return { state: 'incomplete', headline: `No minute was owed: no symbol was tracked; ${seal}.` };
  const all = `${wholeText(expected)} expected minutes of ${plural(symbols, 'symbol')}`;
  if (pending > 0) {
    const owed =
      unknown === 0 ? 'none of those that are over is owed' : `${wholeText(unknown)} of those that are over are owed`;
    return {
      state: 'running',
      headline: `Not over: ${wholeText(pending)} of ${all} are still to come, ${owed}; ${seal}.`,
    };
  }
  if (unknown > 0) {
    return { state: 'incomplete', headline: `Not complete: ${wholeText(unknown)} of ${all} are still owed; ${seal}.` };
  }
  if (day.state !== 'sealed') {
    return { state: 'running', headline: `Nothing is missing of the ${all}; ${seal}.` };
  }
  return {
    state: 'complete',
    headline: `Complete: each of the ${all} is a bar or an absence with a reason; ${seal}.`,
  };
}

function sealText({ state, seal }: Pick<StoredDay, 'state' | 'seal'>): string {
  if (seal === null) return 'not sealed yet';
  const again = seal.generation === 1 ? '' : `, generation ${seal.generation}`;
  const when = `${seal.sealed_at_ist.slice(0, 10)} ${timeText(seal.sealed_at_ist)} IST${again}`;
  return state === 'sealed' ? `sealed ${when}` : `opened again since its seal of ${when}`;
}
