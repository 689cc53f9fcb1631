/** The `simulator` child process: serves the day that was prepared in the run folder. */
import { join } from 'node:path';
import { loadCalendar, runChild } from '@rtp/core';
import { loadDay } from './market/load-day.ts';
import { Simulator } from './simulator.ts';

await runChild('simulator', async ({ config, paths, clock, logger }) => {
  // The exchange's own hours: it does not trade less because a client records less.
  const calendar = loadCalendar({ file: config.calendar.file });
  const day = await loadDay(paths.preparedDayDir, calendar);
  const simulator = new Simulator({
    day,
    clock,
    config: config.simulator,
    logger,
    tokenMemoryFile: join(paths.runDir, 'simulator-token.json'),
  });
  const url = await simulator.listen(config.simulator.port);
  logger.info('serving', { url, date: day.date, symbols: day.instruments.length });
  return {
    report: () => simulator.report(),
    progress: () => {
      const { packetsSent, chartCalls, quoteCalls } = simulator.state();
      return packetsSent + chartCalls + quoteCalls;
    },
    stop: () => simulator.close(),
  };
});
