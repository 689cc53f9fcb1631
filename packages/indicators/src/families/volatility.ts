import { defineFamily } from '../registry/define.ts';

export const volatility = defineFamily('volatility', {});
