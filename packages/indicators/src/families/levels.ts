import { defineFamily } from '../registry/define.ts';

export const levels = defineFamily('levels', {});
