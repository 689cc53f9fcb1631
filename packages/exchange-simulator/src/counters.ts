/** What the simulated exchange has done so far: its report, and `GET /__simulator/state`. */
export interface Counters {
  packetsSent: number;
  framesSent: number;
  chartCalls: number;
  quoteCalls: number;
  rateLimited: number;
  tokensMinted: number;
  socketsAccepted: number;
  socketsRefused: number;
  subscriptionsRejected: number;
  errors: number;
}

export function newCounters(): Counters {
  return {
    packetsSent: 0,
    framesSent: 0,
    chartCalls: 0,
    quoteCalls: 0,
    rateLimited: 0,
    tokensMinted: 0,
    socketsAccepted: 0,
    socketsRefused: 0,
    subscriptionsRejected: 0,
    errors: 0,
  };
}
