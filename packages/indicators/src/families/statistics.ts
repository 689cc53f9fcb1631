import { defineFamily } from '../registry/define.ts';

export const statistics = defineFamily('statistics', {});
