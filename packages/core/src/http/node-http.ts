import { createRequire } from 'node:module';

/**
 * Node's HTTP. Imported as an ES module it evaluates all it exports, WebSocket among them, and with that loads a whole
 * second HTTP client: 50 ms of a start and 7 MB of every process. Required it does not.
 */
export const nodeHttp = createRequire(import.meta.url)('node:http') as typeof import('node:http');
