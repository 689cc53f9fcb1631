import { stripVTControlCharacters, styleText } from 'node:util';
import { type EpochMs, istTimeOf } from '@rtp/core';
import { grouped } from '../cli/grouped.ts';

/** Everything the demo shows at one moment. Times are market time. */
export interface DemoView {
  /** The day and where it comes from, e.g. `2016-09-30, recorded, 83 symbols`. */
  readonly title: string;
  readonly now: EpochMs;
  readonly speed: number;
  readonly phase: string;
  /** Session minutes that are sealed, and how many the day has. */
  readonly minutesDone: number;
  readonly minutesTotal: number;
  readonly newestMinute: EpochMs | null;
  /** Age of the newest bar in market milliseconds while the market is open. */
  readonly ageMs: number | null;
  readonly bars: number;
  readonly absences: number;
  readonly unknown: number;
  /** Minutes owed by all symbols so far, and over the whole day. */
  readonly due: number;
  readonly expected: number;
  readonly source: string;
  readonly corrections: number;
  readonly sweepDone: number;
  readonly sweepTotal: number;
  /** Real milliseconds. */
  readonly sealToQueryable: { readonly p50: number | null; readonly p99: number | null };
  readonly publishP99Ms: number | null;
  readonly components: readonly { readonly name: string; readonly state: string; readonly pssBytes: number | null }[];
  readonly notices: readonly string[];
}

const BAR_WIDTH = 30;
const ms = (value: number | null): string => (value === null ? '-' : `${value.toFixed(value < 10 ? 1 : 0)} ms`);

/** The live screen of a terminal, a line each: figures are cut at its width, `where` is not, so that it can be copied. */
export function screenLines(view: DemoView, where: readonly string[], columns = 80): readonly string[] {
  const bold = (text: string): string => styleText('bold', text);
  const done = view.minutesTotal === 0 ? 0 : Math.min(1, view.minutesDone / view.minutesTotal);
  const filled = Math.round(done * BAR_WIDTH);
  const label = (name: string): string => styleText('dim', name.padEnd(11));
  const sweep = view.sweepTotal > 0 ? `   sweep ${view.sweepDone} of ${view.sweepTotal}` : '';
  const lines = [
    bold(`RTP demo  ${view.title}`),
    '',
    `${label('market')}${bold(istTimeOf(view.now))} IST  ${view.phase}${sweep}   speed ${view.speed.toFixed(0)}x`,
    `${label('minutes')}${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${view.minutesDone} of ${view.minutesTotal}`,
    `${label('bars')}${bold(grouped(view.bars))} in DuckDB   newest minute ${newest(view)}   age ${age(view)}`,
    `${label('coverage')}${grouped(view.bars)} bars + ${grouped(view.absences)} without trades + ${unknown(view)} = ${grouped(view.due)} due of ${grouped(view.expected)}`,
    `${label('lag')}sealed to queryable p50 ${ms(view.sealToQueryable.p50)}, p99 ${ms(view.sealToQueryable.p99)}; published p99 ${ms(view.publishP99Ms)} (real time)`,
    `${label('source')}${view.source}   corrected by official candles ${grouped(view.corrections)}`,
    `${label('memory MB')}${view.components.map(componentText).join('  ')}`,
    ...view.notices.map((notice) => styleText('yellow', notice)),
    '',
  ];
  return [...lines.map((line) => fit(line, columns)), ...where];
}

/** Rows that a line takes on a terminal. */
export function rowsOf(line: string, columns = 80): number {
  return Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns));
}

/** Cuts a line to the terminal's width. */
function fit(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : `${plain.slice(0, columns - 1)}…`;
}

/** The same, in one plain line, for logs and pipes. */
export function plainLine(view: DemoView): string {
  const parts = [
    istTimeOf(view.now),
    view.phase,
    `minutes ${view.minutesDone}/${view.minutesTotal}`,
    `newest ${newest(view)}`,
    `bars ${view.bars}`,
    `no_trades ${view.absences}`,
    `unknown ${view.unknown}`,
    `age ${age(view)}`,
    `queryable p99 ${ms(view.sealToQueryable.p99)}`,
    `source ${view.source}`,
  ];
  if (view.sweepTotal > 0) parts.push(`sweep ${view.sweepDone}/${view.sweepTotal}`);
  return parts.join('  ');
}

function age(view: DemoView): string {
  return view.ageMs === null ? '-' : `${Math.round(view.ageMs / 1_000)} s`;
}

function newest(view: DemoView): string {
  return view.newestMinute === null ? '-' : istTimeOf(view.newestMinute).slice(0, 5);
}

function unknown(view: DemoView): string {
  const text = `${grouped(view.unknown)} unknown`;
  return view.unknown === 0 ? text : styleText('yellow', text);
}

/** Its memory in MB while it is ready, its state otherwise. */
function componentText({ name, state, pssBytes }: DemoView['components'][number]): string {
  if (state !== 'ready') return `${name} ${styleText(state === 'stopped' ? 'dim' : 'yellow', state)}`;
  return pssBytes === null ? name : `${name} ${styleText('green', String(Math.round(pssBytes / 1e6)))}`;
}
