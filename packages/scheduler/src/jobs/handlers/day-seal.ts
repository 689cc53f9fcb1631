import type { TradingDate } from '@rtp/core';
import type { SealReceipt, StoreClient } from '@rtp/store-client';
import type { JobOutcome } from '../job-runner.ts';

export interface DaySealInputs {
  readonly date: TradingDate;
  readonly store: Pick<StoreClient, 'receipt' | 'coverage'>;
  /** What the pipeline is wanted for. */
  readonly wish: { readonly wanted: 'up' | 'down'; readonly reason: string };
}

/** Whether a trading day is sealed, and with what; if it is not, what will complete it. Errors: those of the store. */
export async function checkSeal({ date, store, wish }: DaySealInputs): Promise<JobOutcome> {
  const receipt = await store.receipt(date);
  const coverage = await store.coverage(date);
  if (receipt !== null && coverage.state === 'sealed') {
    return { result: receipt.complete ? 'ok' : 'warning', text: sealedText(receipt) };
  }
  const { state, unknown, expected } = coverage;
  const held = state === 'none' ? 'the store has nothing of it' : `${unknown} of ${expected} minutes are owed`;
  return { result: 'failed', text: `${date} is not sealed: ${held}. ${remedy(wish)}` };
}

function sealedText({ date, generation, bars, absences, unknown, instruments }: SealReceipt): string {
  const owed = unknown === 0 ? 'nothing owed' : `${unknown} minutes owed`;
  const times = generation === 1 ? '' : `, generation ${generation}`;
  return `${date} is sealed${times}: ${instruments} instruments, ${bars} bars, ${absences} minutes without trade, ${owed}.`;
}

function remedy({ wanted, reason }: DaySealInputs['wish']): string {
  if (wanted === 'up') return `The pipeline is wanted up (${reason}) and completes it.`;
  return `The pipeline is wanted down (${reason}); it completes past days before the next session, or now by \`rtp pipeline start\`.`;
}
