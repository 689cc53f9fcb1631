import { istIso } from '@rtp/core';
import type { SymbolLevels } from '@rtp/store-client';

/** Parts of the answer, so that no long history is written in one go. Instants become ISO times. */
export function* levelsJson(levels: SymbolLevels, date: string | undefined): Generator<string> {
  const { levels: lines, zones, ...head } = levels;
  yield `${JSON.stringify({ ...head, date }, isoTimes).slice(0, -1)},"levels":[`;
  for (const [index, line] of lines.entries()) yield `${index > 0 ? ',\n' : '\n'}${JSON.stringify(line, isoTimes)}`;
  yield '],"zones":[';
  for (const [index, zone] of zones.entries()) yield `${index > 0 ? ',\n' : '\n'}${JSON.stringify(zone, isoTimes)}`;
  yield ']}\n';
}

const TIMES = new Set(['time', 'born', 'last_touched', 'died']);

const isoTimes = (key: string, value: unknown): unknown =>
  TIMES.has(key) && typeof value === 'number' ? istIso(value) : value;
