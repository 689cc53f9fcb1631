/** The volume of a minute of the day where days are longer than NSE's. */
import { describe, expect, it } from '@jest/globals';
import { indicatorColumn } from '@rtp/indicators';
import { difference } from './oracles/support/difference.ts';
import { volume } from './oracles/volume.ts';
import { randomSeries, type Series, withFields } from './support/series.ts';
import { inBulk } from './support/three-ways.ts';

const days = randomSeries({ seed: 32, length: 1_500, sessionBars: 40, absent: 0.3 });
const SERIES: Readonly<Record<string, Series>> = {
  'days of more minutes than are kept': fromMidnight(
    randomSeries({ seed: 31, length: 2_800, sessionBars: 700, absent: 0.01 }),
  ),
  'sessions of two days': withFields(days, { session: days.session.map((day) => Math.floor(day / 2)) }),
  'one session without end': withFields(days, { session: days.session.map(() => 0) }),
};

describe.each(Object.entries(SERIES))('on %s', (_, bars) => {
  it('rvol_tod is what its formula says', () => {
    const got = inBulk(['rvol_tod'], bars).get('rvol_tod')!;
    expect(difference(indicatorColumn('rvol_tod')!, bars, got, volume.rvol_tod!(bars))).toBeNull();
  });
});

function fromMidnight(bars: Series): Series {
  return withFields(bars, { minuteOfDay: bars.minuteOfSession });
}
