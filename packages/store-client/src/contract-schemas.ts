/** The contract's answers as zod schemas: what arrives over the socket is parsed before it is believed. */
import { ABSENCE_REASONS, BAR_STATES, INSTRUMENT_CLASSES, parseTradingDate, SEGMENTS } from '@rtp/core';
import { z } from 'zod';

const count = z.int().min(0);

export const ackSchema = z
  .object({
    commitSeq: count,
    duplicate: z.boolean(),
    inserted: count,
    revised: count,
    confirmed: count,
    ignored: count,
    absences: count,
    indicators: count,
  })
  .readonly();

export const listingSchema = z
  .strictObject({
    segment: z.enum(SEGMENTS),
    securityId: z.string().min(1).max(32),
    symbol: z.string().min(1).max(64),
    isin: z.string().max(16),
    series: z.string().max(8),
    class: z.enum(INSTRUMENT_CLASSES),
    tickPaise: z.number().min(0),
  })
  .readonly();

export const instrumentSchema = z
  .object({
    ...listingSchema.unwrap().shape,
    instrumentId: z.int().min(1),
    validFrom: z.string(),
    validTo: z.string().nullable(),
    trackedFrom: z.string(),
  })
  .readonly();

const byState = z.object(
  Object.fromEntries(BAR_STATES.map((state) => [state, count])) as Record<(typeof BAR_STATES)[number], typeof count>,
);

const byReason = z.partialRecord(z.enum(ABSENCE_REASONS), count).readonly();

const instrumentCoverageSchema = z
  .object({
    instrumentId: z.int(),
    symbol: z.string(),
    expected: count,
    bars: count,
    byState: byState.readonly(),
    partial: count,
    absences: count,
    byReason,
    unknown: count,
    pending: count,
  })
  .readonly();

export const dayCoverageSchema = z
  .object({
    date: z.string(),
    state: z.enum(['none', 'open', 'sealed']),
    expected: count,
    bars: count,
    absences: count,
    unknown: count,
    pending: count,
    complete: z.boolean(),
    byReason,
    instruments: z.array(instrumentCoverageSchema).readonly(),
  })
  .readonly();

export const sealReceiptSchema = z
  .object({
    date: z.string(),
    generation: z.int().min(1),
    commitSeq: count,
    sealedAt: z.int(),
    instruments: count,
    bars: count,
    superseded: count,
    indicators: count,
    absences: count,
    unknown: count,
    complete: z.boolean(),
    checksum: z.string(),
  })
  .readonly();

export const datesSchema = z.array(z.object({ date: z.string(), state: z.enum(['open', 'sealed']) }).readonly());

export const symbolInfoSchema = z
  .object({
    symbol: z.string(),
    instrumentId: z.int(),
    segment: z.enum(SEGMENTS),
    class: z.enum(INSTRUMENT_CLASSES),
    isin: z.string(),
    trackedFrom: z.string(),
  })
  .readonly();

const tradingDate = z.string().refine(isTradingDate, 'a date of the calendar, YYYY-MM-DD');
const price = z.number().positive();
const factor = z.number().positive();

export const dailyOfficialSchema = z
  .strictObject({
    instrumentId: z.int().min(1),
    date: tradingDate,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: count,
    knownAt: z.int(),
  })
  .readonly();

export const adjustmentSchema = z
  .strictObject({
    instrumentId: z.int().min(1),
    exDate: tradingDate,
    priceFactor: factor,
    volumeFactor: factor,
    knownAt: z.int(),
  })
  .readonly();

export const writtenSchema = z.object({ written: count }).readonly();

export const errorBodySchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), fix: z.string() }),
});

function isTradingDate(text: string): boolean {
  try {
    parseTradingDate(text);
    return true;
  } catch {
    return false;
  }
}
