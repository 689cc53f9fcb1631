import type { Add, Exit } from './command-line.ts';

export function addPipeline(_add: Add, _exit: Exit): void {}
