import { defineFamily } from '../registry/define.ts';

export const volume = defineFamily('volume', {});
