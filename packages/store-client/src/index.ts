export * from './contract.ts';
export * from './coverage-watch.ts';
export * from './create-store-client.ts';
export * from './errors.ts';
export * from './market-data.ts';
export * from './open-catalogue.ts';
export * from './open-market-data.ts';
