import { runChild } from '@rtp/core';
import { startScheduler } from './start-scheduler.ts';

await runChild('scheduler', startScheduler);
