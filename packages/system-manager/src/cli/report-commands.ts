import type { Add, Exit } from './command-line.ts';

export function addReport(_add: Add, _exit: Exit): void {}
