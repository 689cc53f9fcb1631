import { parseArgs } from 'node:util';
import { simulatorErrors } from './errors.ts';

/** Parses command-line options; every value is text. Errors: RTP_SIMULATOR_USAGE. */
export function parseOptions<Name extends string>(
  names: readonly Name[],
  args: readonly string[] = process.argv.slice(2),
): Partial<Record<Name, string>> {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options, strict: true }).values as Partial<Record<Name, string>>;
  } catch (cause) {
    throw simulatorErrors.create('RTP_SIMULATOR_USAGE', (cause as Error).message);
  }
}

/** A number given as text; undefined stays undefined. Errors: RTP_SIMULATOR_USAGE. */
export function numberOption(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value))
    throw simulatorErrors.create('RTP_SIMULATOR_USAGE', `--${name} "${text}" is not a number.`);
  return value;
}
