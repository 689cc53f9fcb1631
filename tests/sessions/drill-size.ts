/** How much of the seeded drills runs: a part with every change, all of it in `pnpm drill`. */
export const isWholeDrill: boolean = process.env.RTP_DRILLS === 'all';

/** Chooses the part, and everything that is drawn at random; a failure is repeated with the seed it names. */
export const drillSeed: number = Number(process.env.RTP_DRILL_SEED ?? 1);
