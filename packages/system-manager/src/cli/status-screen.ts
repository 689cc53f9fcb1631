import { styleText } from 'node:util';
import {
  type ComponentState,
  type ComponentStatus,
  componentOf,
  DAY_MS,
  istTimeOf,
  isUnfinished,
  reportOf,
  type SourceReport,
  tradingDateOf,
} from '@rtp/core';
import type { ControlStatus } from '../control/contract.ts';

/** A narrow terminal less the name of the line: symbols can be many. */
const UNIVERSE_COLUMNS = 70;
/** A terminal with fewer columns than this is shown fewer facts of each component. */
const FULL_TABLE_COLUMNS = 79;

export interface Verdict {
  readonly verdict: 'ready' | 'degraded';
  /** Which components are not as they should be; empty when all are. */
  readonly why: string;
}

/** Whether every component is as it should be: serving if wanted, stopped if not. */
export function judge(status: Pick<ControlStatus, 'components'>): Verdict {
  const wrong = status.components.filter((line) => line.state !== (line.wanted === 'up' ? 'ready' : 'stopped'));
  if (wrong.length === 0) return { verdict: 'ready', why: '' };
  return { verdict: 'degraded', why: wrong.map((line) => `${line.component} ${line.state}`).join(', ') };
}

/**
 * The status of a running system: one line for each fact and each component, none longer than `columns`. A component
 * that is not as it should be, or is busy with a long operation, has its reason on a line below it.
 */
export function statusScreen(status: ControlStatus, columns: number): readonly string[] {
  const fact = ([name, text]: Fact): string => `${styleText('dim', name.padEnd(9))} ${clip(text, columns - 10)}`;
  const { verdict, why } = judge(status);
  const headline =
    verdict === 'ready' ? 'all ready' : `${status.phase === 'serving' ? 'degraded' : status.phase}: ${why}`;
  const colour = verdict === 'ready' ? 'green' : 'yellow';
  const title = `RTP ${status.version}`;
  const memory = totalMemory(status);
  const facts: readonly Fact[] = [
    ['market', marketLine(status)],
    ['data', `${status.dataDir}, from ${status.source === 'dhan' ? 'the broker' : 'the simulated exchange'}`],
    ['APIs', `data ${status.urls.dataApi}   control ${status.urls.controlApi}`],
    ['manager', `pid ${status.managerPid}${memory === null ? '' : `, all processes ${megabytes(memory)} of memory`}`],
    ...healthFacts(status),
    ...workFacts(status),
    ...brokerFacts(status),
    ...operatorFacts(status),
    ...proofFact(status).map((text): Fact => ['proof', text]),
    ...backfillFact(status).map((text): Fact => ['backfill', text]),
  ];
  const isFull = columns >= FULL_TABLE_COLUMNS;
  const header = row(isFull, ['component', 'wanted', 'state', 'up', 'ready', 'pid', 'restarts', 'deaths', 'memory']);
  return [
    `${styleText('bold', title)}  ${styleText(colour, clip(headline, columns - title.length - 2))}`,
    '',
    ...facts.map(fact),
    '',
    styleText('dim', clip(header, columns)),
    ...status.components.flatMap((line) => [componentRow(line, isFull, columns), ...remark(line, columns)]),
  ];
}

/** A line's name and its text. */
type Fact = readonly [name: string, text: string];

/** What each component that serves is doing. */
function workFacts(status: ControlStatus): readonly Fact[] {
  const order = ['pipeline', 'scheduler', 'store', 'monitor', 'simulator'] as const;
  return order.flatMap((component): Fact[] => {
    const line = componentOf(status, component);
    const text = line?.state === 'ready' ? work(status, line) : '';
    return text === '' ? [] : [[component, text]];
  });
}

/** The health score with what it lost and why, and how current and complete the data is. */
function healthFacts(status: ControlStatus): readonly Fact[] {
  const report = reportOf(status, 'scheduler');
  if (report === null || componentOf(status, 'scheduler')?.state !== 'ready') return [];
  const { healthScore, dataAgeMs, coverage } = report;
  const lost = healthScore.parts.filter(({ reason }) => reason !== '');
  const why = [...healthScore.cappedBy, ...lost.map(({ points, of, reason }) => `${reason} (-${round(of - points)})`)];
  const parts = dataAgeMs === null ? [] : [`newest bar ${duration(Math.max(0, dataAgeMs))} old`];
  if (coverage !== null && coverage.expected > 0) {
    const { expected, bars, absences, unknown } = coverage;
    parts.push(`${bars + absences} of ${expected} minutes settled${unknown === 0 ? '' : `, ${unknown} unknown`}`);
  }
  return [
    ['health', `${healthScore.score} of 100${why.length === 0 ? '' : `: ${why.join('; ')}`}`],
    ...(parts.length === 0 ? [] : [['bars', parts.join(', ')] as const]),
  ];
}

const round = (points: number): number => Math.round(points * 10) / 10;

/** What an operator wished, what is done about bad health, and jobs that failed. */
function operatorFacts(status: ControlStatus): readonly Fact[] {
  const report = reportOf(status, 'scheduler');
  if (report === null) return [];
  const facts: Fact[] = [];
  if (report.override !== '') facts.push(['operator', report.override]);
  if (report.recovery !== '') facts.push(['recovery', report.recovery]);
  const failed = report.jobs
    .filter((job) => job.lastResult === 'failed')
    .toSorted((a, b) => (b.lastRunAt ?? 0) - (a.lastRunAt ?? 0));
  const [newest] = failed;
  if (newest !== undefined) {
    const at = newest.lastRunAt === null ? '' : ` at ${tradingDateOf(newest.lastRunAt)} ${shortTime(newest.lastRunAt)}`;
    const more = failed.length === 1 ? '' : ` (and ${failed.length - 1} more)`;
    facts.push(['job', `${newest.name} failed${at}${more}: ${newest.lastText}`]);
  }
  return facts;
}

/** How the account with the broker stands, as the running pipeline knows it, and what is wrong. */
function brokerFacts(status: ControlStatus): readonly Fact[] {
  const report = reportOf(status, 'pipeline');
  if (report === null || componentOf(status, 'pipeline')?.state !== 'ready') return [];
  const { budget, tokenExpiresAt, universeWarnings, degraded } = report;
  const parts = [`${budget.used} of ${budget.cap} chart calls used`];
  if (budget.pausedUntil !== null) parts.push(`paused until ${istTimeOf(budget.pausedUntil)}`);
  if (budget.runsOutAt !== null) parts.push(`used up at ${shortTime(budget.runsOutAt)}`);
  if (tokenExpiresAt !== null) parts.push(`token until ${tradingDateOf(tokenExpiresAt)} ${shortTime(tokenExpiresAt)}`);
  const facts: Fact[] = [['broker', parts.join(', ')]];
  if (report.sources.length > 0) facts.push(['sources', report.sources.map(sourceText).join(', ')]);
  if (universeWarnings.length > 0) facts.push(['universe', universeLine(universeWarnings)]);
  if (degraded !== '') facts.push(['warning', degraded]);
  return facts;
}

/** Where a group of instruments has its live minutes from. */
function sourceText({ group, source, since, reason, stale }: SourceReport): string {
  const lasting = reason === '' ? '' : ` since ${shortTime(since)}`;
  return `${group} ${source}${lasting}${stale === 0 ? '' : ` (${stale} stale)`}`;
}

/** How far the backfill under way is. */
function backfillFact(status: ControlStatus): readonly string[] {
  const backfill = reportOf(status, 'pipeline')?.backfill ?? null;
  if (backfill === null || !isUnfinished(backfill)) return [];
  const { from, to, callsDone, callsTotal, daysDone, daysTotal, note } = backfill;
  const waits = note === '' ? '' : `, ${note}`;
  return [`${from} to ${to}: ${callsDone}/${callsTotal} calls, ${daysDone}/${daysTotal} days${waits}`];
}

/** The first of what the owner should know of the universe; `--json` has it all. */
function universeLine([first = '', ...others]: readonly string[]): string {
  if (others.length === 0) return clip(first, UNIVERSE_COLUMNS);
  const more = `, and ${others.length} more: --json`;
  return `${clip(first, UNIVERSE_COLUMNS - more.length)}${more}`;
}

/** How the indicators of the newest sealed day stand. */
function proofFact(status: ControlStatus): readonly string[] {
  const proof = reportOf(status, 'monitor')?.proof ?? null;
  if (proof === null) return [];
  const { date, state, summary } = proof;
  const verdict = {
    proved: 'indicators proved: ',
    failed: 'indicators NOT PROVED: ',
    running: 'indicators: ',
    waiting: 'indicators: ',
  };
  return [`${date}, ${verdict[state]}${summary}`];
}

function marketLine({ market }: ControlStatus): string {
  const { now, phase, label, clock, speed, nextOpen, nextClose } = market;
  const time = `${tradingDateOf(now)} ${istTimeOf(now)} IST`;
  const words = {
    open: 'open',
    closed_day: `closed (${label})`,
    before_open: 'before the open',
    between_windows: 'between windows',
    after_close: 'after the close',
    unknown: label,
  }[phase];
  const next = phase === 'open' ? until('closes', nextClose, now) : until('opens', nextOpen, now);
  const simulated = clock === 'virtual' ? `, speed ${speed}` : '';
  return `${time}, ${words}${next}${simulated}`;
}

function until(verb: string, instant: number | null, now: number): string {
  if (instant === null) return '';
  const date = tradingDateOf(instant) === tradingDateOf(now) ? '' : `${tradingDateOf(instant)} `;
  return `, ${verb} ${date}${shortTime(instant)}`;
}

function componentRow(line: ComponentStatus, isFull: boolean, columns: number): string {
  const text = clip(
    row(isFull, [
      line.component,
      line.wanted,
      line.state,
      line.upForMs === null ? '-' : shortDuration(line.upForMs),
      line.readyForMs === null ? '-' : shortDuration(line.readyForMs),
      line.pid === null ? '-' : String(line.pid),
      String(line.restarts),
      String(line.deaths),
      line.pssBytes === null ? '-' : megabytes(line.pssBytes),
    ]),
    columns,
  );
  const colour = colourOf(line.state, line.wanted);
  return colour === null ? text : text.replace(line.state, styleText(colour, line.state));
}

/** What a component is busy with, or why it is not as it should be. */
function remark(line: ComponentStatus, columns: number): readonly string[] {
  const isExpected = line.state === (line.wanted === 'up' ? 'ready' : 'stopped');
  const busy = line.busyWith === '' ? '' : `busy: ${line.busyWith}`;
  const parts = [busy, isExpected ? '' : line.reason].filter((part) => part !== '');
  return parts.length === 0 ? [] : [`  ${styleText('dim', clip(parts.join('; '), columns - 2))}`];
}

function colourOf(state: ComponentState, wanted: 'up' | 'down'): 'green' | 'yellow' | 'red' | null {
  if (state === 'ready') return 'green';
  if (state === 'fatal') return 'red';
  return state === 'stopped' && wanted === 'down' ? null : 'yellow';
}

/** What a component does at the moment; empty when it has not said so yet. */
function work(status: ControlStatus, line: ComponentStatus): string {
  switch (line.component) {
    case 'simulator': {
      const report = reportOf(status, 'simulator');
      return report === null
        ? ''
        : `plays ${report.tradingDate}, ${report.symbols} symbols, ${report.packetsSent} packets sent`;
    }
    case 'store': {
      const report = reportOf(status, 'store');
      if (report === null) return '';
      const open = report.openDates.length === 0 ? 'no open day' : `open ${report.openDates.join(', ')}`;
      return `${report.commits} commits, ${open}${errors(report.errors)}`;
    }
    case 'scheduler': {
      const report = reportOf(status, 'scheduler');
      return report === null ? '' : `wants the pipeline ${report.wanted}: ${report.reason}`;
    }
    case 'monitor': {
      const report = reportOf(status, 'monitor');
      return report === null ? '' : `${report.samples} samples${errors(report.errors)}`;
    }
    case 'pipeline': {
      const report = reportOf(status, 'pipeline');
      if (report === null) return '';
      const newest =
        report.lastSealedMinute === null ? 'no minute yet' : `minute ${shortTime(report.lastSealedMinute)}`;
      return `${report.phase}, ${report.symbols} symbols from ${report.source}, ${newest}, ${report.barsWritten} bars${errors(report.errors)}`;
    }
  }
}

const shortTime = (instant: number): string => istTimeOf(instant).slice(0, 5);
const errors = (count: number): string => (count === 0 ? '' : `, ${count} errors`);

function totalMemory(status: ControlStatus): number | null {
  const parts = [status.managerUsage?.pssBytes ?? null, ...status.components.map((line) => line.pssBytes)];
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : known.reduce((sum, part) => sum + part, 0);
}

/** One line of the table; the counts are left out where the terminal is narrow. */
function row(isFull: boolean, cells: readonly string[]): string {
  const [
    component = '',
    wanted = '',
    state = '',
    up = '',
    ready = '',
    pid = '',
    restarts = '',
    deaths = '',
    memory = '',
  ] = cells;
  return [
    component.padEnd(11),
    wanted.padEnd(7),
    state.padEnd(9),
    up.padStart(8),
    ready.padStart(8),
    pid.padStart(8),
    ...(isFull ? [restarts.padStart(10), deaths.padStart(8)] : []),
    memory.padStart(isFull ? 10 : 8),
  ].join('');
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`;

/** At most `width` characters, none of them a control character: reasons come from other programs. */
function clip(text: string, width: number): string {
  const plain = text.replaceAll(/\p{Cc}+/gu, ' ');
  return plain.length <= width ? plain : `${plain.slice(0, width - 1)}…`;
}

/** A span of real time in eight characters at most, for a table. */
const shortDuration = (ms: number): string =>
  duration(ms)
    .replaceAll(' min', 'm')
    .replaceAll(/ (?=[shd])/g, '');

/** A span of real time in its two largest units. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (ms < DAY_MS) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
