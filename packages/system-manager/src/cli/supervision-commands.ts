import type { Add, Exit } from './command-line.ts';
import { addHistory } from './history-command.ts';
import { addService } from './service-commands.ts';

export function addSupervision(add: Add, exit: Exit): void {
  addHistory(add, exit);
  addService(add, exit);
}
