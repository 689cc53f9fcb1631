/** Runs every house-rule gate on the repository, one line each; the exit code is 1 when any is broken. */
import { projectRoot } from '@rtp/core';
import { ambientClockGate } from './ambient-clock.ts';
import { configDocGate } from './config-doc.ts';
import { duckdbFilesGate } from './duckdb-files.ts';
import { errorsDocGate } from './errors-doc.ts';
import { faultsDocGate } from './faults-doc.ts';
import { importCycleGate } from './import-cycles.ts';
import { importTableGate } from './import-table.ts';
import { indicatorsDocGate } from './indicators-doc.ts';
import type { Gate } from './lib/source-files.ts';
import { wireDocGate } from './wire-doc.ts';

const GATES: Readonly<Record<string, Gate>> = {
  'imports follow the table': importTableGate,
  'no import cycles': importCycleGate,
  'no ambient time': ambientClockGate,
  'error docs match the code': errorsDocGate,
  'configuration docs match the schema': configDocGate,
  'fault docs match the catalogue': faultsDocGate,
  'indicator docs match the registry': indicatorsDocGate,
  'citations of the wire resolve': wireDocGate,
  'DuckDB files are opened by DuckDB alone, one instance a process': duckdbFilesGate,
};

for (const [name, gate] of Object.entries(GATES)) {
  const violations = await gate(projectRoot);
  console.log(`${violations.length === 0 ? 'ok    ' : 'BROKEN'} ${name}`);
  for (const { file, line, message } of violations) console.log(`       ${file}:${line} ${message}`);
  if (violations.length > 0) process.exitCode = 1;
}
