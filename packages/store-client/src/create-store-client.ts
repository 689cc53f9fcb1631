import type { StoreClient } from './contract.ts';

export interface StoreClientOptions {
  /** The store's Unix socket, `paths.storeSocket`. */
  readonly socketPath: string;
  /** Longest wait for one answer, real milliseconds. */
  readonly timeoutMs?: number;
}

/** A client of a running store. Connects on first use; every call may throw RTP_STORE_UNREACHABLE. */
export function createStoreClient(options: StoreClientOptions): StoreClient {
  throw new Error(options.socketPath);
}
