/** Reading of indicators, loaded on demand: the registry and its engine stay out of processes that never ask for any. */
export const loadIndicatorReading = (): Promise<typeof import('./indicators/index.ts')> =>
  import('./indicators/index.ts');
