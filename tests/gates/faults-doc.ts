/** Generates docs/faults.md from the simulated exchange's catalogue; `--write` writes it, the gate compares. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '@rtp/core';
import { FAULT_KINDS, FAULT_NAMES, type FaultKind, type FaultParameter } from '@rtp/exchange-simulator';
import { markdownTable } from './lib/markdown-table.ts';
import type { Violation } from './lib/source-files.ts';

const DOC = 'docs/faults.md';

/** `docs/faults.md` says what the catalogue says. */
export function faultsDocGate(root: string): readonly Violation[] {
  const path = join(root, DOC);
  if (existsSync(path) && readFileSync(path, 'utf8') === faultsDoc()) return [];
  const message = 'differs from the catalogue; run `node tests/gates/faults-doc.ts --write`';
  return [{ file: DOC, line: 1, message }];
}

/** The document, from the catalogue. */
export function faultsDoc(): string {
  const byKind = Map.groupBy(Object.entries(FAULT_NAMES), ([, { kind }]) => kind);
  const sections = (Object.keys(FAULT_KINDS) as FaultKind[]).map((kind) => {
    const rows = (byKind.get(kind) ?? []).map(([name, { meaning, parameters }]) => [
      `\`${name}\``,
      meaning,
      parameters.map(parameterText).join('; '),
    ]);
    return `## ${kind}\n\n${FAULT_KINDS[kind]}\n\n${markdownTable(['Name', 'What happens', 'Parameters'], rows)}`;
  });
  return `# Faults of the simulated exchange

A schedule is a list of faults, each with a name, the IST times of the simulated day between which it holds (\`from\`, \`to\`; all day when left
out), and the parameters of its name. \`probability\` is the part of the occasions on which it strikes, 1 when left out; those of the market always do.
\`symbols\`, where a fault takes it, names the only ones that it is about.

\`\`\`json
{ "seed": 1, "faults": [
  { "name": "charts_429", "from": "10:00", "to": "10:20", "probability": 0.5 },
  { "name": "feed_lag", "lagMs": 45000, "from": "11:00", "to": "11:30", "symbols": ["RELIANCE", "TCS"] } ] }
\`\`\`

It comes from \`simulator.faults\` and \`simulator.fault_seed\` of the configuration, from \`rtp simulator --faults FILE\`, or while the exchange runs, from
\`PUT /__simulator/faults\` on its port, which needs no token: the new schedule replaces the old one, whose timers end, and what holds at that moment
begins. \`GET\` there shows the schedule, what holds now and how often each fault struck.

All times are market time but those said to be real. Each fault draws from a stream of its own, seeded by the seed and its place in the list: the same
calls and packets in the same order have the same fate. The seed does not fix that order.

This page is generated from the code: \`node tests/gates/faults-doc.ts --write\`.

${sections.join('\n')}`;
}

function parameterText({ name, meaning, byDefault }: FaultParameter): string {
  if (name === 'symbols') return '`symbols`';
  return `\`${name}\`${byDefault === undefined ? '' : ` (${JSON.stringify(byDefault)})`}: ${meaning.replace(/\.$/, '')}`;
}

if (import.meta.main && process.argv.includes('--write')) {
  writeFileSync(join(projectRoot, DOC), faultsDoc());
  console.log(`${DOC} written`);
}
