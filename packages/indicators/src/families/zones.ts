import { defineFamily } from '../registry/define.ts';

export const zones = defineFamily('zones', {});
