import { defineFamily } from '../registry/define.ts';

export const trend = defineFamily('trend', {});
