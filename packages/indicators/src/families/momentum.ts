import { defineFamily } from '../registry/define.ts';

export const momentum = defineFamily('momentum', {});
