import { simulatorFaultSchema } from '@rtp/core';
import type { FaultName } from './scheduled-fault.ts';

/** What faults of one kind do to each other. Faults of different kinds all compose. */
export const FAULT_KINDS = Object.freeze({
  charts:
    'One of 429, 500, no_data, null and empty answers a call, the first in this order that strikes; the others change ' +
    'the candles of calls that are answered, and compose.',
  quotes: '429 comes before 500; the others change the quotes of calls that are answered, and compose.',
  answers:
    'wrong_type replaces the answer, truncated cuts it, trickle and reset are how it is sent; all compose, with the ' +
    'faults of charts and quotes as well.',
  account:
    'All compose. A dead token is told before a lapsed plan, and a lapsed plan before the faults of charts and quotes.',
  feed:
    'refused answers handshakes before anything else. A packet that is silent is lost; another is first changed, then ' +
    'doubled or cut, then delayed; all compose.',
  market: 'What takes place on the exchange itself: the official candles follow it.',
});
export type FaultKind = keyof typeof FAULT_KINDS;

/** A fault that the simulated exchange knows. */
export interface FaultDescription {
  readonly kind: FaultKind;
  /** One line: what it does. */
  readonly meaning: string;
  /** What it may say beside `from`, `to` and `probability`. */
  readonly parameters: readonly FaultParameter[];
}

export interface FaultParameter {
  readonly name: string;
  readonly meaning: string;
  /** Undefined when it may be left out and then means all, or when it must be given. */
  readonly byDefault: unknown;
}

const ACCOUNT: ReadonlySet<string> = new Set(['token_invalidated', 'data_plan_lapsed', 'mint_throttled', 'clock_skew']);
const COMMON: ReadonlySet<string> = new Set(['name', 'from', 'to', 'probability']);

/** Every fault by name, in the order of the schema. */
export const FAULT_NAMES: Readonly<Record<FaultName, FaultDescription>> = Object.freeze(
  Object.fromEntries(
    simulatorFaultSchema.options.map(({ shape, description = '' }) => [
      shape.name.value,
      Object.freeze({ kind: kindOf(shape.name.value), meaning: description, parameters: parametersOf(shape) }),
    ]),
  ),
) as Readonly<Record<FaultName, FaultDescription>>;

function kindOf(name: string): FaultKind {
  if (ACCOUNT.has(name)) return 'account';
  const prefix = name.split('_')[0] as string;
  return prefix in FAULT_KINDS ? (prefix as FaultKind) : 'market';
}

interface DescribedSchema {
  readonly description?: string;
  readonly def: { readonly defaultValue?: unknown };
}

function parametersOf(shape: Readonly<Record<string, unknown>>): readonly FaultParameter[] {
  return Object.entries(shape)
    .filter(([name]) => !COMMON.has(name))
    .map(([name, schema]) => {
      const { description = '', def } = schema as DescribedSchema;
      return { name, meaning: description, byDefault: def.defaultValue };
    });
}
