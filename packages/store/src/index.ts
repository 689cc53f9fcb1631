export * from './errors.ts';
export { startStore } from './start-store.ts';
export { Store } from './store.ts';
export type { StoreOptions } from './store-parts.ts';
