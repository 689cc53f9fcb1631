import { runChild } from '@rtp/core';
import { startStore } from './start-store.ts';

await runChild('store', startStore);
