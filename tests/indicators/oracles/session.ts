import type { Series } from '../support/series.ts';
import { combine, highest, lowest, sum } from './support/arrays.ts';
import { oncePerSeries } from './support/once.ts';
import type { Oracle, Oracles, Values } from './support/oracle.ts';
import { closes, typical, volumes } from './support/prices.ts';
import { type VolumeProfile, volumeProfiles } from './support/profile.ts';
import { ofSessionBefore, type SessionBars, sinceOpening } from './support/sessions.ts';

const pick = (values: ArrayLike<number>, bars: SessionBars): Values => bars.map((bar) => values[bar]!);

const traded = (bars: Series): Values => sinceOpening(bars, (soFar) => sum(pick(bars.volume, soFar)));

function turnover(bars: Series): Values {
  const products = combine(typical(bars), volumes(bars), (price, volume) => price * volume);
  return sinceOpening(bars, (soFar) => sum(pick(products, soFar)));
}

const vwap = oncePerSeries((bars) => {
  const price = typical(bars);
  const volume = traded(bars);
  return turnover(bars).map((total, bar) => (volume[bar] === 0 ? price[bar]! : total / volume[bar]!));
});

const deviation = oncePerSeries((bars) => {
  const price = typical(bars);
  const average = vwap(bars);
  return sinceOpening(bars, (soFar) => {
    const middle = average[soFar.at(-1)!]!;
    const volume = sum(pick(bars.volume, soFar));
    if (volume === 0) return 0;
    const sd = Math.sqrt(sum(soFar.map((bar) => bars.volume[bar]! * (price[bar]! - middle) ** 2)) / volume);
    return sd <= 1e-12 * middle ? 0 : sd;
  });
});

const band =
  (k: number): Oracle =>
  (bars) =>
    combine(vwap(bars), deviation(bars), (middle, sd) => middle + k * sd);

const opening = (bars: Series): Values => sinceOpening(bars, (soFar) => bars.open[soFar[0]!]!);

function change(bars: Series, prices: Values): Values {
  const before = ofSessionBefore(bars, (session) => bars.close[session.at(-1)!]!);
  return prices.map((price, bar) => {
    const last = before[bar]!;
    if (last === null) return Number.NaN;
    return last === 0 ? 0 : (100 * (price - last)) / last;
  });
}

const profiles = oncePerSeries(volumeProfiles);

const ofProfile =
  (price: keyof VolumeProfile): Oracle =>
  (bars) =>
    profiles(bars).map((profile) => profile[price]);

export const session: Oracles = {
  vwap,
  vwap_sd: deviation,
  vwap_u1: band(1),
  vwap_l1: band(-1),
  vwap_u2: band(2),
  vwap_l2: band(-2),
  vwap_u3: band(3),
  vwap_l3: band(-3),
  vwap_z: (bars) => {
    const average = vwap(bars);
    const close = closes(bars);
    return deviation(bars).map((sd, bar) => (sd === 0 ? 0 : (close[bar]! - average[bar]!) / sd));
  },
  session_open: opening,
  session_high: (bars) => sinceOpening(bars, (soFar) => highest(pick(bars.high, soFar))),
  session_low: (bars) => sinceOpening(bars, (soFar) => lowest(pick(bars.low, soFar))),
  session_volume: traded,
  session_turnover: turnover,
  session_change_pct: (bars) => change(bars, closes(bars)),
  gap_pct: (bars) => change(bars, opening(bars)),
  poc: ofProfile('poc'),
  vah: ofProfile('vah'),
  val: ofProfile('val'),
};
