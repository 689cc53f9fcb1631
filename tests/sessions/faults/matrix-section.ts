import { provenance } from '../../lib/generated-section.ts';
import type { MatrixCell } from './matrix.ts';
import type { SessionResult } from './session-spec.ts';

/** The matrix as a section of a page: one line a session. */
export function matrixSection(
  cells: readonly MatrixCell[],
  results: ReadonlyMap<string, SessionResult>,
  seed: number,
): string {
  const lines = cells.map((cell) => row(cell, results.get(cell.name)));
  const good = cells.filter((cell) => results.get(cell.name)?.problems.length === 0).length;
  return `## Fault matrix

${provenance('pnpm drill')}
${good} of ${cells.length} sessions ended as they must; seed ${seed}. A session is 45 minutes of a generated day, through real sockets, and its sweep. *exact*: every stored
bar is the official candle, every other minute has the right reason, none is invented. *open*: the broker never gave the
candles; live bars stand, and every minute still owed says why. No limit of the broker was exceeded where *over limit* is 0.

| Session | Symbols | Speed | Ends | Minutes owed | Bars | Absences | Revisions by source | Faults struck | Chart calls (most a second) | Quote calls | Over limit |
|---|---|---|---|---|---|---|---|---|---|---|---|
${lines.join('\n')}
`;
}

function row(cell: MatrixCell, result: SessionResult | undefined): string {
  const verdict = result?.problems.length === 0 ? cell.ends : `**WRONG**: ${result?.problems.join('; ') ?? 'not run'}`;
  const counts = (of: Readonly<Record<string, number>> | undefined): string =>
    Object.entries(of ?? {})
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const cellsOfRow = [
    `${cell.group}: ${cell.name}`,
    cell.symbols,
    cell.speed,
    verdict,
    result?.expected ?? 0,
    result?.bars ?? 0,
    counts(result?.absences),
    counts(result?.revisions),
    counts(result?.struck),
    `${result?.chartCalls ?? 0} (${result?.chartCallsPeak ?? 0})`,
    result?.quoteCalls ?? 0,
    result?.breaches ?? 0,
  ];
  return `| ${cellsOfRow.join(' | ')} |`;
}
