/** How fast and how steadily price moves. */
import { defineFamily } from '../registry/define.ts';
import { macdFamily, trendCycle } from './momentum-macd.ts';
import { averageOscillators, oscillators } from './momentum-oscillators.ts';
import { rates, smoothedRates } from './momentum-rates.ts';
import { stochastics } from './momentum-stochastics.ts';
import { otherStrength, strength } from './momentum-strength.ts';
import { fisherTransform, sequential, waves } from './momentum-waves.ts';

export const momentum = defineFamily('momentum', {
  ...strength,
  ...rates,
  ...macdFamily,
  ...stochastics,
  ...oscillators,
  ...smoothedRates,
  ...averageOscillators,
  ...fisherTransform,
  ...trendCycle,
  ...otherStrength,
  ...waves,
  ...sequential,
});
