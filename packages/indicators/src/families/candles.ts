import { defineFamily } from '../registry/define.ts';

export const candles = defineFamily('candles', {});
