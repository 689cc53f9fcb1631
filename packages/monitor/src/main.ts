import { runChild } from '@rtp/core';
import { startMonitor } from './start-monitor.ts';

await runChild('monitor', startMonitor);
