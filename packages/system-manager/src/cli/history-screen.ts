import { styleText } from 'node:util';
import { istTimeOf, tradingDateOf } from '@rtp/core';
import type { ControlHistory } from '../control/contract.ts';
import { type Death, tally } from '../records/death-record.ts';

/** Lines of stderr shown with the newest death. */
const STDERR_LINES = 5;

/** What happened to components, oldest first, by the host's clock in IST; cut at `columns`. */
export function historyScreen(changes: ControlHistory, deaths: readonly Death[], columns: number): readonly string[] {
  const clip = (text: string): string => (text.length <= columns ? text : `${text.slice(0, columns - 1)}…`);
  const lines = changes.map(({ at, component, from, to, actor, reason }) =>
    clip(`${hostTime(at)}  ${component.padEnd(9)} ${from} -> ${to}, by ${actor}: ${reason}`),
  );
  if (changes.length === 0) lines.push('No changes of state: no system runs, or it has no such component.');
  if (deaths.length === 0) return [...lines, '', 'No deaths on record.'];
  const ways = Object.entries(tally(deaths)).sort(([, a], [, b]) => b - a);
  lines.push(
    '',
    styleText('bold', `${deaths.length} deaths: ${ways.map(([way, count]) => `${count} ${way}`).join(', ')}`),
  );
  for (const { at, component, pid, how, seen } of deaths) {
    lines.push(clip(`${hostTime(at)}  ${component.padEnd(9)} pid ${pid ?? '-'}: ${how}`));
    if (seen !== null) lines.push(clip(`  seen: ${seen}`));
  }
  const last = deaths.at(-1);
  const words = last?.stderr.slice(-STDERR_LINES) ?? [];
  if (words.length > 0) lines.push(`Last words of ${last?.component}:`, ...words.map((line) => clip(`  ${line}`)));
  return lines;
}

function hostTime(at: string): string {
  const instant = Date.parse(at);
  return `${tradingDateOf(instant)} ${istTimeOf(instant)}`;
}
