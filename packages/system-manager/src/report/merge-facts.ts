import { LiveQuality } from '../symbols/live-quality.ts';
import type { SymbolFacts } from '../symbols/symbol-facts.ts';

/** The counts of several days' facts added up, symbol by symbol; liquidity is that of the last day. */
export function mergeFacts(days: readonly (readonly SymbolFacts[])[]): readonly SymbolFacts[] {
  const merged = new Map<string, SymbolFacts>();
  for (const facts of days.flat()) {
    const before = merged.get(facts.symbol);
    merged.set(facts.symbol, before === undefined ? facts : added(before, facts));
  }
  return [...merged.values()];
}

function added(a: SymbolFacts, b: SymbolFacts): SymbolFacts {
  const quality = new LiveQuality();
  for (const of of [...a.liveQuality, ...b.liveQuality]) quality.addQuality(of);
  const byReason = { ...a.byReason };
  for (const [reason, count] of Object.entries(b.byReason) as [keyof typeof byReason, number][]) {
    byReason[reason] = (byReason[reason] ?? 0) + count;
  }
  return {
    ...b,
    days: a.days + b.days,
    expected: a.expected + b.expected,
    bars: a.bars + b.bars,
    absences: a.absences + b.absences,
    unknown: a.unknown + b.unknown,
    pending: a.pending + b.pending,
    byReason,
    corrections: a.corrections + b.corrections,
    liveQuality: quality.sources(),
  };
}
