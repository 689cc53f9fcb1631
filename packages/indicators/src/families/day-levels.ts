import { defineFamily } from '../registry/define.ts';

export const dayLevels = defineFamily('day_levels', {});
