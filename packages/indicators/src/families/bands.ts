/** Bands, channels and stops. */
import { defineFamily } from '../registry/define.ts';
import { acceleration, bollinger, keltner, squeeze } from './bands-averages.ts';
import { chandelier, donchian, ichimoku } from './bands-extremes.ts';
import { sar } from './sar.ts';
import { supertrend } from './supertrend.ts';

export const bands = defineFamily('bands', {
  ...bollinger,
  ...acceleration,
  ...donchian,
  ...keltner,
  ...squeeze,
  ...chandelier,
  ...sar,
  ...supertrend,
  ...ichimoku,
});
