/** The wire formats, loaded on demand: the Arrow library stays out of processes that only ask questions. */
export const loadWire = (): Promise<typeof import('./wire/index.ts')> => import('./wire/index.ts');

export type { DecodedBatch } from './wire/batch-body.ts';
export type { AbsenceColumns, BarColumns, MinuteColumns } from './wire/sections.ts';
