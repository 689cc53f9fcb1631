import type { Add, Exit } from './command-line.ts';

export function addSupervision(_add: Add, _exit: Exit): void {}
