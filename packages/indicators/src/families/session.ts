import { defineFamily } from '../registry/define.ts';

export const session = defineFamily('session', {});
