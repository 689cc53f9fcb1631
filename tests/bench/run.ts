/**
 * Runs the benchmarks beside this file, all or those whose name is or contains the argument: `pnpm bench [name]`. Each is
 * a program that prints ratios against a peer or a limit measured in the same run.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const pattern = process.argv[2] ?? '';
const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && name !== 'run.ts');
const exact = names.filter((name) => name === `${pattern}.ts`);
const chosen = exact.length > 0 ? exact : names.filter((name) => name.includes(pattern)).toSorted();
if (chosen.length === 0) {
  console.error(`no benchmark is called ${pattern}; there are ${names.join(', ')}`);
  process.exit(64);
}
let failed = 0;
for (const name of chosen) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, name)], { stdio: 'inherit' });
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
