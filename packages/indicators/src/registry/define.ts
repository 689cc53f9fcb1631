import type { Node } from '../graph/node.ts';
import type { Family, IndicatorColumn, Origin, SecondOpinion, Storage, Unit, ValueType } from './column.ts';

/** A column and the node that computes it. */
export interface ColumnDefinition extends IndicatorColumn {
  readonly node: Node;
}

/** What a family states of a column; the rest follows from the node and the unit. */
export interface ColumnSpec {
  readonly node: Node;
  readonly unit: Unit;
  readonly meaning: string;
  readonly formula: string;
  readonly parameters?: Readonly<Record<string, number>>;
  readonly origin: Origin;
  readonly talib?: string;
  /** Class name and mark: `= SMA`, `~ EMA`, `≠ PSAR`, `=f RSI`, or a bare `ALMA`. */
  readonly tradingSignals?: string;
  /** Default `read`. */
  readonly storage?: Storage;
  readonly decimals?: number;
  readonly valueType?: ValueType;
  /** Default false. */
  readonly annualised?: boolean;
}

const DECIMALS: Readonly<Record<Unit, number>> = {
  price: 2,
  price_diff: 3,
  percent: 2,
  ratio: 3,
  volume: 0,
  turnover: 0,
  bars: 0,
  flag: 0,
  score: 2,
};

const VALUE_TYPES: Readonly<Partial<Record<Unit, ValueType>>> = {
  volume: 'f64',
  turnover: 'f64',
  bars: 'i16',
  flag: 'i16',
};

const MARKS: Readonly<Record<string, SecondOpinion>> = {
  '=': 'equal',
  '~': 'other_seed',
  '≠': 'different',
  '=f': 'equal_but_flat',
};

/** A family's columns, by name, in the order of the catalogue. */
export function defineFamily(family: Family, specs: Readonly<Record<string, ColumnSpec>>): readonly ColumnDefinition[] {
  return Object.entries(specs).map(([name, spec]) => ({
    name,
    family,
    parameters: spec.parameters ?? {},
    unit: spec.unit,
    first: spec.node.isSparse ? null : spec.node.first,
    meaning: spec.meaning,
    formula: spec.formula,
    origin: spec.origin,
    talib: spec.talib ?? null,
    tradingSignals: parseOpinion(spec.tradingSignals),
    storage: spec.storage ?? 'read',
    decimals: spec.decimals ?? DECIMALS[spec.unit],
    valueType: spec.valueType ?? VALUE_TYPES[spec.unit] ?? 'f32',
    annualised: spec.annualised ?? false,
    node: spec.node,
  }));
}

function parseOpinion(text: string | undefined): IndicatorColumn['tradingSignals'] {
  if (text === undefined) return null;
  const [mark = '', ...rest] = text.split(' ');
  const agreement = MARKS[mark];
  return agreement === undefined ? { name: text, agreement: 'unmarked' } : { name: rest.join(' '), agreement };
}
