/** How much is traded, and on which side. */
import { defineFamily } from '../registry/define.ts';
import { rvolTod } from './session-volume.ts';
import { volumeFlow } from './volume-flow.ts';
import { volumeForces } from './volume-force.ts';
import { volumeLevel } from './volume-level.ts';

export const volume = defineFamily('volume', {
  ...volumeFlow,
  ...volumeLevel,
  ...volumeForces,
  rvol_tod: rvolTod,
});
