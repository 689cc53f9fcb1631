import type { FeedPacketVisitor } from './packets.ts';

/** `visitor`, with `react` called after it on a disconnect packet. Methods it lacks stay absent and cost nothing. */
export function onDisconnect(visitor: FeedPacketVisitor, react: (reason: number) => void): FeedPacketVisitor {
  const { ticker, depth, quote, full, oi, prevClose, marketStatus, unknown } = visitor;
  return {
    ...(ticker && { ticker: ticker.bind(visitor) }),
    ...(depth && { depth: depth.bind(visitor) }),
    ...(quote && { quote: quote.bind(visitor) }),
    ...(full && { full: full.bind(visitor) }),
    ...(oi && { oi: oi.bind(visitor) }),
    ...(prevClose && { prevClose: prevClose.bind(visitor) }),
    ...(marketStatus && { marketStatus: marketStatus.bind(visitor) }),
    ...(unknown && { unknown: unknown.bind(visitor) }),
    disconnect: (reason) => {
      visitor.disconnect?.(reason);
      react(reason);
    },
  };
}
