export { type HistoryPorts, historyPorts } from './backfill/history-ports.ts';
export { BarBuilder, type BarBuilderOptions } from './bars/bar-builder.ts';
export { DayGrid } from './bars/day-grid.ts';
export { readCredentials } from './credentials.ts';
export { pipelineErrors } from './errors.ts';
export { type PipelinePorts, PRODUCER_ID, startPipeline } from './start-pipeline.ts';
export { readUniverse, type UniverseRow } from './universe/universe-file.ts';
