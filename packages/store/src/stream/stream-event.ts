import { istIso } from '@rtp/core';
import { BAR_VALUES, type QueryValue, type SealReceipt } from '@rtp/store-client';
import { eventId, type Position } from './position.ts';

/** What happened to one bar, or that a day was sealed, as it is sent. */
export interface StreamEvent extends Position {
  /** Whose bar it is; null for a seal. */
  readonly instrumentId: number | null;
  /** The event in the form of server-sent events. */
  readonly text: string;
}

/** The first values of a minute, or other values in place of `before`. */
export function barEvent(
  position: Position,
  of: { readonly instrumentId: number; readonly symbol: string; readonly time: number },
  after: readonly QueryValue[],
  before: readonly QueryValue[] | null,
): StreamEvent {
  const { symbol, instrumentId } = of;
  const time = istIso(of.time);
  const [name, data] =
    before === null
      ? ['bar', { symbol, time, ...named(after) }]
      : ['revision', { symbol, time, old: named(before), new: named(after) }];
  return { ...position, instrumentId, text: textOf(position, name, data) };
}

export function sealEvent(receipt: SealReceipt): StreamEvent {
  const position = { commitSeq: receipt.commitSeq, index: 0 };
  const data = { ...receipt, sealedAt: istIso(receipt.sealedAt) };
  return { ...position, instrumentId: null, text: textOf(position, 'seal', data) };
}

function named(values: readonly QueryValue[]): Readonly<Record<string, QueryValue>> {
  return Object.fromEntries(
    BAR_VALUES.map((name, at) => {
      const value = values[at] as QueryValue;
      return [name, name === 'known_at' ? istIso(value as number) : value];
    }),
  );
}

const textOf = (position: Position, name: string, data: unknown): string =>
  `id: ${eventId(position)}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
