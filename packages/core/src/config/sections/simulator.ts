import { z } from 'zod';
import { simulatorFaultsSchema } from './simulator-faults.ts';

/** The simulated exchange: which day it replays and how it behaves. */
export const simulatorSection = z.strictObject({
  port: z.int().min(0).max(65_535).default(0).describe('0 takes a free port.'),
  bars: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Recorded day: a CSV(.gz) or Parquet file; null generates a day.'),
  symbols: z.int().min(1).max(5_000).default(100).describe('Generated day: how many symbols.'),
  seed: z.int().min(0).default(1).describe('Generated day: the same seed makes the same day.'),
  date: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'a date YYYY-MM-DD')
    .nullable()
    .default(null)
    .describe('Generated day: its date; null takes 2026-11-20.'),
  history_days: z
    .int()
    .min(0)
    .max(1_300)
    .default(0)
    .describe('Trading days before the simulated one that the charts know as well, made up when asked for.'),
  conflation_ms: z
    .int()
    .min(50)
    .max(60_000)
    .default(1_000)
    .describe(
      'Length of a conflation window: market time between two packets of one share, the ends of minutes apart.',
    ),
  max_packets_per_frame: z
    .int()
    .min(1)
    .max(1_000)
    .default(64)
    .describe('Packets in one WebSocket frame at most. Up to speed 20 a frame has 1 to 5, as the real feed.'),
  publication_delay_ms: z
    .int()
    .min(0)
    .default(1_000)
    .describe("Market time between a minute's end and its candle on the charts."),
  no_trade_minutes: z
    .enum(['omit', 'flat'])
    .default('omit')
    .describe('Minutes without trades: left out, or charted as flat zero-volume bars.'),
  timed_to_date: z
    .enum(['bound', 'nothing'])
    .default('bound')
    .describe('A `toDate` with a time, on a past day: bounds where minutes start, or gets an answer without candles.'),
  chart_calls_per_second: z.int().min(1).default(5).describe('Chart calls a sliding second allows.'),
  chart_calls_per_day: z.int().min(1).default(100_000).describe('Chart calls a trading date allows.'),
  faults: simulatorFaultsSchema
    .default([])
    .describe('Misbehaviours, each between two IST times of the simulated day; see faults.md.'),
  fault_seed: z.int().min(0).default(1).describe('Of everything that the faults draw at random.'),
});
