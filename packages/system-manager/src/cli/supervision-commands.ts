import type { Add, Exit } from './command-line.ts';
import { addService } from './service-commands.ts';

export function addSupervision(add: Add, exit: Exit): void {
  addService(add, exit);
}
