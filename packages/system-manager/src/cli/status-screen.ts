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

/** The status of a running system, one line each; free text is cut at `columns`. */
export function statusScreen(status: ControlStatus, columns: number): readonly string[] {
  const fact = (name: string, text: string): string =>
    `${styleText('dim', name.padEnd(9))} ${clip(text, columns - 10)}`;
  const { verdict, why } = judge(status);
  const headline =
    verdict === 'ready' ? 'all ready' : `${status.phase === 'serving' ? 'degraded' : status.phase}: ${why}`;
  const colour = verdict === 'ready' ? 'green' : 'yellow';
  const memory = totalMemory(status);
  const lines = [
    `${styleText('bold', `RTP ${status.version}`)}  ${styleText(colour, clip(headline, columns - 15))}`,
    '',
    fact('market', marketLine(status)),
    fact('data', `${status.dataDir}, from ${status.source === 'dhan' ? 'the broker' : 'the simulated exchange'}`),
    fact('APIs', `data ${status.urls.dataApi}   control ${status.urls.controlApi}`),
    fact(
      'manager',
      `pid ${status.managerPid}${memory === null ? '' : `, all processes ${megabytes(memory)} of memory`}`,
    ),
    ...brokerFacts(status).map(([name, text]) => fact(name, text)),
    ...proofFact(status).map((text) => fact('proof', text)),
    ...backfillFact(status).map((text) => fact('backfill', text)),
    '',
    styleText('dim', row('component', 'state', 'up', 'pid', 'starts', 'memory', 'cpu')),
  ];
  for (const line of status.components) {
    lines.push(componentRow(line), `  ${styleText('dim', clip(detail(status, line), columns - 2))}`);
  }
  return lines;
}

/** How the account with the broker stands, as the running pipeline knows it, and what is wrong. */
function brokerFacts(status: ControlStatus): readonly (readonly [string, string])[] {
  const report = reportOf(status, 'pipeline');
  if (report === null || componentOf(status, 'pipeline')?.state !== 'ready') return [];
  const { budget, tokenExpiresAt, universeWarnings, degraded } = report;
  const parts = [`${budget.used} of ${budget.cap} chart calls used`];
  if (budget.pausedUntil !== null) parts.push(`paused until ${istTimeOf(budget.pausedUntil)}`);
  if (budget.runsOutAt !== null) parts.push(`used up at ${shortTime(budget.runsOutAt)}`);
  if (tokenExpiresAt !== null) parts.push(`token until ${tradingDateOf(tokenExpiresAt)} ${shortTime(tokenExpiresAt)}`);
  const facts: [string, string][] = [['broker', parts.join(', ')]];
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

function componentRow(line: ComponentStatus): string {
  const text = row(
    line.component,
    line.state,
    line.readyForMs === null ? '-' : duration(line.readyForMs),
    line.pid === null ? '-' : String(line.pid),
    String(line.restarts + (line.pid === null && line.restarts === 0 ? 0 : 1)),
    line.pssBytes === null ? '-' : megabytes(line.pssBytes),
    line.cpuSeconds === null ? '-' : `${Math.round(line.cpuSeconds)} s`,
  );
  const colour = colourOf(line.state, line.wanted);
  return colour === null ? text : text.replace(line.state, styleText(colour, line.state));
}

function colourOf(state: ComponentState, wanted: 'up' | 'down'): 'green' | 'yellow' | 'red' | null {
  if (state === 'ready') return 'green';
  if (state === 'fatal') return 'red';
  return state === 'stopped' && wanted === 'down' ? null : 'yellow';
}

/** What a component does at the moment, or why it is not doing it. */
function detail(status: ControlStatus, line: ComponentStatus): string {
  if (line.state !== 'ready') return line.reason;
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

function row(...cells: readonly string[]): string {
  const [component = '', state = '', up = '', pid = '', starts = '', memory = '', cpu = ''] = cells;
  return [
    component.padEnd(11),
    state.padEnd(10),
    up.padStart(11),
    pid.padStart(9),
    starts.padStart(8),
    memory.padStart(10),
    cpu.padStart(10),
  ].join('');
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`;
const clip = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);

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
