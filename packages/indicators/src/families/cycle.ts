import { defineFamily } from '../registry/define.ts';

export const cycle = defineFamily('cycle', {});
