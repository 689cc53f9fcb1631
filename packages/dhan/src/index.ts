export * from './auth/profile.ts';
export * from './charts/candles.ts';
export * from './client/client-contract.ts';
export * from './errors.ts';
export * from './feed/feed-contract.ts';
export * from './feed/packets.ts';
export * from './quotes/quotes.ts';
export * from './scrip-master/master-row.ts';
