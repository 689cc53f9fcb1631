import { defineFamily } from '../registry/define.ts';

export const bands = defineFamily('bands', {});
