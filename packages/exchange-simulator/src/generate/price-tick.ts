/** Taken once: where modules run in a sandbox, as under Jest, each look-up of a global costs more than the arithmetic. */
const { max, round } = Math;

/** NSE's price steps for shares by price band, in rupees (in force since April 2025). */
const BANDS: readonly (readonly [below: number, tick: number])[] = [
  [250, 0.01],
  [1_000, 0.05],
  [5_000, 0.1],
  [10_000, 0.5],
  [20_000, 1],
  [Number.POSITIVE_INFINITY, 5],
];

/** The price step of a share that trades around `price`. */
export function tickOf(price: number): number {
  return (BANDS.find(([below]) => price < below) as readonly [number, number])[1];
}

/** `price` on the tick, never below one tick, as the decimal it is written as. */
export function onTick(price: number, tick: number): number {
  const paise = round(tick * 100);
  return max(paise, round((price * 100) / paise) * paise) / 100;
}
