import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '@rtp/core';

let cached: string | undefined;

/** The version in the project's package.json. */
export function productVersion(): string {
  cached ??= String(JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')).version);
  return cached;
}
