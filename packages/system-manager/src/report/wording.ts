/** How numbers of a report are written, in every rendering alike. */

import { MINUTE_MS } from '@rtp/core';
import { grouped } from '../cli/grouped.ts';

const NOTHING = '–';
const BYTES_PER_MB = 1e6;
const HOUR_MINUTES = 60;
const SECOND_MS = 1_000;

export const wholeText = (value: number | null): string => (value === null ? NOTHING : grouped(Math.round(value), 0));

export const decimalText = (value: number | null, decimals: number): string =>
  value === null ? NOTHING : grouped(value, decimals);

/** Rounded towards what is missing: only all of it is 100 %. */
export function percentText(value: number | null, decimals = 2): string {
  if (value === null) return NOTHING;
  const scale = 10 ** decimals;
  const rounded = value < 100 ? Math.min(Math.round(value * scale), 100 * scale - 1) / scale : value;
  return `${grouped(rounded, decimals)} %`;
}

export const megabytesText = (bytes: number | null): string =>
  bytes === null ? NOTHING : `${grouped(bytes / BYTES_PER_MB, bytes < 10 * BYTES_PER_MB ? 2 : 0)} MB`;

export const msText = (ms: number | null): string => {
  if (ms === null) return NOTHING;
  return ms < 10 * SECOND_MS ? `${wholeText(ms)} ms` : durationText(ms);
};

/** Milliseconds as people say them: 48 s, 3 min 5 s, 2 h 10 min. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / SECOND_MS);
  if (ms < MINUTE_MS) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < HOUR_MINUTES) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / HOUR_MINUTES)} h ${minutes % HOUR_MINUTES} min`;
}

/** `09:15` of `2016-09-30T09:15:00+05:30`, with the seconds where there are any. */
export const timeText = (ist: string): string => (ist.slice(17, 19) === '00' ? ist.slice(11, 16) : ist.slice(11, 19));

/** `30 September 2016`. */
export function dateText(date: string): string {
  const month = MONTHS[Number(date.slice(5, 7)) - 1];
  return `${Number(date.slice(8, 10))} ${month} ${date.slice(0, 4)}`;
}

export const plural = (count: number, word: string): string => `${wholeText(count)} ${word}${count === 1 ? '' : 's'}`;

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
