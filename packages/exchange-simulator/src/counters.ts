/** What the simulated exchange has done so far: its report, and `GET /__simulator/state`. */
export interface Counters {
  packetsSent: number;
  framesSent: number;
  chartCalls: number;
  /** Chart calls of the trading date that the market is in. */
  chartCallsToday: number;
  quoteCalls: number;
  /** Calls refused for their rate, by a limit or by a fault. */
  rateLimited: number;
  /** Chart calls beyond a limit of the broker: of a second or of a day. */
  chartLimitBreaches: number;
  quoteLimitBreaches: number;
  /** Mints that came within 120 s of the one before. */
  mintSpacingBreaches: number;
  tokensMinted: number;
  socketsAccepted: number;
  socketsRefused: number;
  /** Most feed sockets open at once, one beyond the limit included. */
  socketsPeak: number;
  /** Requests of feed clients that were ignored, those over a limit included. */
  subscriptionsRejected: number;
  /** Subscriptions of more than 100 instruments in a message or 5,000 on a socket. */
  subscribeOverLimit: number;
  errors: number;
}

export function newCounters(): Counters {
  return {
    packetsSent: 0,
    framesSent: 0,
    chartCalls: 0,
    chartCallsToday: 0,
    quoteCalls: 0,
    rateLimited: 0,
    chartLimitBreaches: 0,
    quoteLimitBreaches: 0,
    mintSpacingBreaches: 0,
    tokensMinted: 0,
    socketsAccepted: 0,
    socketsRefused: 0,
    socketsPeak: 0,
    subscriptionsRejected: 0,
    subscribeOverLimit: 0,
    errors: 0,
  };
}
