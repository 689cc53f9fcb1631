/**
 * Chart calls as a share of the budget: the real client asks without a break, behind real sockets, at market speeds up to
 * the fastest at which the broker's limits mean anything. Calls made a second against those allowed, in the same run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anchorNow, atIst, defaultConfig, loadCalendar, monotonicMs, silentLogger, VirtualClock } from '@rtp/core';
import { createDhanClient } from '@rtp/dhan';
import { loadDay, prepareDay, SIMULATOR_CREDENTIALS, Simulator } from '@rtp/exchange-simulator';
import { provenance, writeSection } from '../lib/generated-section.ts';

const SPEEDS = [1, 5, 20];
/** Real time each speed is measured for, and given to settle first. */
const MEASURE_MS = 30_000;
const SETTLE_MS = 1_000;
const GOAL = 0.95;
const SYMBOLS = 50;
const IN_FLIGHT = 8;

const rows: string[] = [];
for (const speed of SPEEDS) rows.push(await measure(speed));
const section = `## Chart calls

${provenance('pnpm bench chart-calls')}
${SYMBOLS} generated symbols asked for in turn, ${IN_FLIGHT} calls in flight at most, ${MEASURE_MS / 1_000} s a row. *Most* is the most calls that arrived within any second of market time; the broker refuses
more than 5. Goal: at least ${GOAL} of the budget.

| Market speed | Calls a market second | Budget | Share | Most | Refused |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
writeSection('performance', 'chart-calls', section);
process.stdout.write(section);

async function measure(speed: number): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'rtp-bench-'));
  const config = defaultConfig();
  try {
    await prepareDay({ generate: SYMBOLS, seed: 1 }, dir);
    const day = await loadDay(dir, loadCalendar({ file: config.calendar.file }));
    const clock = new VirtualClock(anchorNow(atIst(day.date, '10:00'), speed));
    const simulator = new Simulator({ day, clock, config: config.simulator });
    const url = await simulator.listen(0);
    const broker = { ...config.broker, rest_url: `${url}/v2`, auth_url: url, chart_calls_per_day: 1_000_000 };
    const client = createDhanClient({
      broker,
      credentials: SIMULATOR_CREDENTIALS,
      clock,
      logger: silentLogger,
      tokenFile: join(dir, 'token.json'),
      maxInFlight: IN_FLIGHT,
    });
    await client.ensureToken();
    let asked = 0;
    const ask = (): Promise<unknown> => {
      const { segment, securityId } = day.instruments[
        asked++ % day.instruments.length
      ] as (typeof day.instruments)[number];
      return client.intradayCandles({
        segment: segment as 'NSE_EQ' | 'IDX_I',
        securityId: String(securityId),
        instrument: segment === 'IDX_I' ? 'INDEX' : 'EQUITY',
        from: day.date,
        to: day.date,
        priority: 'sweep',
      });
    };
    const run = async (forMs: number): Promise<void> => {
      const end = monotonicMs() + forMs;
      const worker = async (): Promise<void> => {
        while (monotonicMs() < end) await ask();
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    };
    await run(SETTLE_MS);
    const [callsBefore, marketBefore] = [simulator.state().chartCalls, clock.now()];
    await run(MEASURE_MS);
    const state = simulator.state();
    const perSecond = ((state.chartCalls - callsBefore) / (clock.now() - marketBefore)) * 1_000;
    await client.close();
    await simulator.close();
    const budget = broker.chart_calls_per_second;
    return `| ${speed} | ${perSecond.toFixed(3)} | ${budget} | ${(perSecond / budget).toFixed(3)} | ${state.chartCallsPeak} | ${state.rateLimited} |`;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
