import type { Add, Exit } from './command-line.ts';

export function addLogs(_add: Add, _exit: Exit): void {}
