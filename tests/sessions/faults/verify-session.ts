import { type AbsenceReason, atIst, isSettled, istTimeOf, MINUTE_MS, type SimulatorFault } from '@rtp/core';
import type { MarketInstrument } from '@rtp/exchange-simulator';
import type { LiveRig } from '../../pipeline/fixtures/live-rig.ts';
import { ask as askCatalogue, type Row } from '../../system/support/catalogue.ts';
import type { SessionResult, SessionSpec } from './session-spec.ts';

/** Problems named at most: one cause makes many. */
const MAX_PROBLEMS = 8;

interface Truth {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

interface StoredBar extends Truth {
  readonly symbol: string;
  readonly ms: number;
  readonly source: string;
  readonly state: string;
  readonly partial: boolean;
}

/** Compares what is stored of a sealed session with what the exchange traded. */
export async function verifySession(spec: SessionSpec, rig: LiveRig): Promise<Omit<SessionResult, 'seconds'>> {
  const { date } = rig.day;
  const [from, to] = [atIst(date, spec.from), atIst(date, spec.to)];
  const ask = (sql: string): Promise<readonly Row[]> => askCatalogue(rig.dir, sql);
  const bars = (await ask(`SELECT symbol, epoch_ms(ts)::DOUBLE AS ms, open, high, low, close, volume::DOUBLE AS volume,
    source, state, partial FROM bars WHERE date = '${date}'`)) as unknown as StoredBar[];
  const absences = (await ask(
    `SELECT symbol, epoch_ms(ts)::DOUBLE AS ms, reason FROM absences WHERE date = '${date}'`,
  )) as {
    symbol: string;
    ms: number;
    reason: AbsenceReason;
  }[];
  const revisions = await ask(
    `SELECT source, count(*)::DOUBLE AS n FROM bars_revisions WHERE date = '${date}' GROUP BY source`,
  );
  const [doubled] = await ask(
    `SELECT count(*)::DOUBLE AS n FROM (SELECT 1 FROM bars WHERE date = '${date}' GROUP BY instrument_id, ts HAVING count(*) > 1)`,
  );
  const coverage = await rig.store?.coverage(date);
  const state = rig.simulator.state();

  const problems: string[] = [];
  const problem = (text: string): void => void problems.push(text);
  const barAt = new Map(bars.map((bar) => [`${bar.symbol} ${bar.ms}`, bar]));
  const reasonAt = new Map(absences.map((absence) => [`${absence.symbol} ${absence.ms}`, absence.reason]));
  let expected = 0;
  let halted = 0;
  for (const instrument of rig.day.instruments) {
    const minutes = minutesOf(spec, rig, instrument, from, to);
    expected += minutes.length;
    for (const [index, { ms, isHalted, truth }] of minutes.entries()) {
      if (isHalted) halted += 1;
      const key = `${instrument.symbol} ${ms}`;
      const found = barAt.get(key);
      const reason = reasonAt.get(key);
      barAt.delete(key);
      const what = `${instrument.symbol} ${istTimeOf(ms).slice(0, 5)}`;
      if (truth !== null) {
        if (found === undefined) judgeMissing(spec, what, reason, problem);
        else judgeBar(spec, what, found, truth, problem);
      } else if (found !== undefined) problem(`${what}: a bar of a minute without trades`);
      else judgeQuiet(spec, what, reason, rightReasons(isHalted, touchesHalt(minutes, index)), problem);
    }
  }
  for (const key of barAt.keys()) problem(`${key}: a bar outside the session`);
  if (expected === 0 || bars.length === 0) problem('nothing was compared');
  if (spec.faults.some(({ name }) => name === 'halt') && halted === 0) problem('nobody was halted');
  if (Number(doubled?.n) > 0) problem(`${doubled?.n} minutes have two bars`);
  if (coverage?.expected !== expected) problem(`${coverage?.expected} minutes are owed instead of ${expected}`);
  if (coverage?.complete !== (spec.ends === 'exact')) problem(`complete is ${coverage?.complete}`);
  const breaches =
    state.chartLimitBreaches + state.quoteLimitBreaches + state.mintSpacingBreaches + state.subscribeOverLimit;
  if (breaches > 0) problem(`limits of the broker were exceeded ${breaches} times`);
  if (state.socketsPeak > 1) problem(`${state.socketsPeak} feed sockets at once`);
  const struck = state.struck;
  if (spec.mustStrike !== false) {
    for (const { name } of spec.faults) if ((struck[name] ?? 0) === 0) problem(`${name} never struck`);
  }
  return {
    name: spec.name,
    problems:
      problems.length > MAX_PROBLEMS
        ? [...problems.slice(0, MAX_PROBLEMS), `and ${problems.length - MAX_PROBLEMS} more`]
        : problems,
    expected,
    bars: bars.length,
    absences: countBy(absences.map(({ reason }) => reason)),
    revisions: Object.fromEntries(revisions.map((row) => [String(row.source), Number(row.n)])),
    struck,
    chartCalls: state.chartCalls,
    quoteCalls: state.quoteCalls,
    chartCallsPeak: state.chartCallsPeak,
    breaches,
  };
}

type Report = (text: string) => void;

/** An expected minute as the exchange traded it; `truth` is null where nothing did. */
interface TradedMinute {
  readonly ms: number;
  readonly isHalted: boolean;
  readonly truth: Truth | null;
}

function minutesOf(
  spec: SessionSpec,
  rig: LiveRig,
  instrument: MarketInstrument,
  from: number,
  to: number,
): readonly TradedMinute[] {
  const minutes: TradedMinute[] = [];
  for (let ms = from; ms < to; ms += MINUTE_MS) {
    if (!isExpected(rig, instrument, ms)) continue;
    const isHalted = spec.faults.some((fault) => halts(fault, rig.day.date, instrument.symbol, ms));
    minutes.push({ ms, isHalted, truth: isHalted ? null : truthAt(rig, instrument, ms) });
  }
  return minutes;
}

/** Whether a quiet minute runs into a halt without a trade between them: nobody could tell it from the halt. */
function touchesHalt(minutes: readonly TradedMinute[], index: number): boolean {
  for (const step of [-1, 1]) {
    for (let at = index; minutes[at]?.truth === null; at += step) if (minutes[at]?.isHalted) return true;
  }
  return false;
}

const rightReasons = (isHalted: boolean, isBesideHalt: boolean): readonly AbsenceReason[] =>
  isHalted ? ['halted'] : isBesideHalt ? ['no_trades', 'halted'] : ['no_trades'];

function judgeQuiet(
  spec: SessionSpec,
  what: string,
  reason: AbsenceReason | undefined,
  right: readonly AbsenceReason[],
  problem: Report,
): void {
  if (reason !== undefined && right.includes(reason)) return;
  if (spec.ends === 'open' && reason !== undefined && !isSettled(reason)) return;
  problem(`${what}: ${reason ?? 'no reason'} instead of ${right.join(' or ')}`);
}

function judgeMissing(spec: SessionSpec, what: string, reason: AbsenceReason | undefined, problem: Report): void {
  if (spec.ends === 'open' && reason !== undefined && spec.openReasons?.includes(reason)) return;
  problem(`${what}: traded, but has no bar (${reason ?? 'no reason'})`);
}

function judgeBar(spec: SessionSpec, what: string, found: StoredBar, truth: Truth, problem: Report): void {
  const isEqual = (['open', 'high', 'low', 'close', 'volume'] as const).every((field) => found[field] === truth[field]);
  if (spec.ends === 'exact') {
    if (!isEqual) problem(`${what}: ${shown(found)} instead of ${shown(truth)} (${found.source}, ${found.state})`);
    else if (found.state !== 'reconciled') problem(`${what}: still ${found.state}`);
    return;
  }
  if (isEqual) return;
  if (found.source === 'chart') problem(`${what}: ${shown(found)} is no official candle`);
  else if (found.high > truth.high || found.low < truth.low || found.volume > truth.volume) {
    problem(`${what}: ${shown(found)} is outside of what was traded, ${shown(truth)}`);
  } else if (!found.partial && found.volume !== truth.volume) {
    problem(`${what}: volume ${found.volume} instead of ${truth.volume}, not marked partial`);
  }
}

const shown = (bar: Truth): string => `${bar.open}/${bar.high}/${bar.low}/${bar.close} ${bar.volume}`;

/** Shares in the closing auction owe nothing from 15:15 on. */
function isExpected(rig: LiveRig, instrument: MarketInstrument, ms: number): boolean {
  return !instrument.isClosingAuctionShare || ms < atIst(rig.day.date, '15:15');
}

function truthAt(rig: LiveRig, instrument: MarketInstrument, ms: number): Truth | null {
  const row = rig.day.rowFrom(instrument, ms);
  if (row >= instrument.endRow || rig.day.bars.ts[row] !== ms || !rig.day.hasTrades(instrument, row)) return null;
  return rig.day.bar(row);
}

function halts(fault: SimulatorFault, date: string, symbol: string, ms: number): boolean {
  if (fault.name !== 'halt') return false;
  if (fault.symbols !== undefined && !fault.symbols.includes(symbol)) return false;
  return ms >= atIst(date, fault.from) && ms < atIst(date, fault.to);
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
