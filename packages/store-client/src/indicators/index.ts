export { selectColumns } from './column-selection.ts';
export { readIndicators } from './read-indicators.ts';
export { readLevels } from './read-levels.ts';
