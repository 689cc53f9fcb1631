/** Generates docs/configuration.md from the configuration's schema; `--write` writes it, the gate compares. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfigKey, configKeys, configSchema, defaultConfig, projectRoot } from '@rtp/core';
import { markdownTable } from './lib/markdown-table.ts';
import type { Violation } from './lib/source-files.ts';

const DOC = 'docs/configuration.md';
/** Longest default shown in full. */
const MAX_DEFAULT = 60;

/** `docs/configuration.md` says what the schema says, and every key says what it means. */
export function configDocGate(root: string): readonly Violation[] {
  const keys = configKeys(configSchema);
  const violations: Violation[] = keys
    .filter(({ description }) => description === '')
    .map(({ path }) => ({
      file: 'packages/core/src/config/sections',
      line: 1,
      message: `${path} has no meaning: end its schema with .describe('…')`,
    }));
  const path = join(root, DOC);
  if (!existsSync(path) || readFileSync(path, 'utf8') !== configDoc(keys)) {
    const message = 'differs from the schema; run `node tests/gates/config-doc.ts --write`';
    violations.push({ file: DOC, line: 1, message });
  }
  return violations;
}

/** The document, from the schema's keys. */
export function configDoc(keys: readonly ConfigKey[]): string {
  const defaults = defaultConfig();
  const bySection = Map.groupBy(keys, ({ path }) => (path.includes('.') ? (path.split('.')[0] as string) : ''));
  const sections = [...bySection].map(([section, list]) => {
    const rows = list.map(({ path, accepts, description }) => [
      `\`${path}\``,
      `\`${shown(valueAt(defaults, path))}\``,
      accepts,
      description,
    ]);
    return `## ${section === '' ? 'Top level' : section}\n\n${markdownTable(['Key', 'Default', 'Accepted', 'Meaning'], rows)}`;
  });
  return `# Configuration

Settings live in \`config/realtime_config.json\`, which may hold comments and need only name what differs from the
defaults. Stronger than the file are \`.env\`, then the environment, then command-line flags. In \`.env\` and the
environment a key is written \`RTP_<SECTION>__<KEY>\`: \`RTP_STORE__MEMORY_LIMIT_MB=256\`, deeper keys with another double
underscore: \`RTP_PIPELINE__MARKET_HOURS__START=10:00\`; lists are JSON. Credentials are no settings: see \`.env.example\`.

\`rtp config show\` prints the effective settings with their origin, \`rtp config check\` names every problem at once. An
unknown key is an error. Times ending in \`_ms\` are milliseconds.

This page is generated from the code: \`node tests/gates/config-doc.ts --write\`.

${sections.join('\n')}`;
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  if (text.length <= MAX_DEFAULT) return text;
  return Array.isArray(value) ? `[${value.length} items]` : `${text.slice(0, MAX_DEFAULT)}…`;
}

if (import.meta.main && process.argv.includes('--write')) {
  writeFileSync(join(projectRoot, DOC), configDoc(configKeys(configSchema)));
  console.log(`${DOC} written`);
}
