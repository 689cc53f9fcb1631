export { createControlApp } from './control-api/control-app.ts';
export { type ControlApiSource, ROUTES, type Route, type RouteAnswer } from './control-api/routes.ts';
export { type StatusInputs, statusView } from './control-api/status-view.ts';
export { HEALTH_STATUSES, type Health, type HealthInputs, type HealthStatus, systemHealth } from './health.ts';
export { incompleteDates, type StoreDate } from './incomplete-dates.ts';
export { emptyPipelineMemory, type PipelineMemory, rememberPipeline } from './pipeline-memory.ts';
export { type FinishedRun, type PipelineWish, pipelineWish, type WishInputs } from './pipeline-wish.ts';
export { Scheduler, type SchedulerOptions } from './scheduler.ts';
export { startScheduler } from './start-scheduler.ts';
