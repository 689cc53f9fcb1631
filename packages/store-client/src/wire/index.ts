/** The wire formats. Loaded on first use, because the Arrow library is not needed to read coverage or status. */
export * from './batch-body.ts';
export * from './day-state.ts';
export * from './indicator-section.ts';
export * from './indicator-start.ts';
export * from './section.ts';
export * from './sections.ts';
