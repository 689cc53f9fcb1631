export { configView, TOLD_KEYS } from './control-api/config-view.ts';
export { type ControlAppOptions, createControlApp } from './control-api/control-app.ts';
export { type EventStreamLimits, EventStreams } from './control-api/event-stream.ts';
export { type AuditLog, openAuditLog } from './control-api/guards/audit-log.ts';
export { type MetricsView, metricsView } from './control-api/metrics-view.ts';
export { openApiDocument } from './control-api/openapi.ts';
export type { ControlApiSource, Route, RouteAnswer } from './control-api/route.ts';
export { ROUTES } from './control-api/routes.ts';
export { type StatusInputs, statusView } from './control-api/status-view.ts';
export { componentEvents } from './events/component-events.ts';
export { EventLog } from './events/event-log.ts';
export { type FreshnessOptions, freshness } from './freshness.ts';
export { HEALTH_STATUSES, type Health, type HealthInputs, type HealthStatus, systemHealth } from './health.ts';
export { incompleteDates, type StoreDate } from './incomplete-dates.ts';
export {
  type DueJob,
  type DueLimits,
  dueJobs,
  openedSchedule,
  type PlannedJob,
  withoutWrongFuture,
} from './jobs/due-jobs.ts';
export { JOB_NAMES, type JobDefinition, type JobName, jobDefinitions } from './jobs/job-definitions.ts';
export { type JobOutcome, JobRunner, type JobRunnerOptions, type JobWork } from './jobs/job-runner.ts';
export { lastClosedDay, Occurrences } from './jobs/occurrences.ts';
export type { JobState, Schedule } from './jobs/schedule-file.ts';
export { type Operation, operationView } from './operations/operation.ts';
export { Operations, type OperationsOptions } from './operations/operations.ts';
export { type OperatorMemory, operatorFile } from './operator-file.ts';
export { describeOverride, nextPreparation } from './operator-override.ts';
export type { OperatorOverride, PipelineChange, PipelineControl } from './pipeline-control.ts';
export { emptyPipelineMemory, type PipelineMemory, rememberPipeline } from './pipeline-memory.ts';
export { type FinishedRun, type PipelineWish, pipelineWish, type WishInputs } from './pipeline-wish.ts';
export {
  type Decision,
  type DecisionInputs,
  decideRecovery,
  RECOVERY_STEPS,
  type RecoveryStep,
  type StepTaken,
} from './recovery/decide-recovery.ts';
export type { Episode } from './recovery/episode.ts';
export { type HandsOff, type HandsOffInputs, handsOff } from './recovery/hands-off.ts';
export { Recovery, type RecoveryLook, type RecoveryOptions } from './recovery/recovery.ts';
export { recoveryView } from './recovery/recovery-view.ts';
export {
  type RecoverySettings,
  rememberSignals,
  type Signal,
  type SignalMemory,
  signalsOf,
} from './recovery/signals.ts';
export { Scheduler, type SchedulerOptions } from './scheduler.ts';
export { errorRateOf, scoreInputs } from './score-inputs.ts';
export { startScheduler } from './start-scheduler.ts';
export { UpdateFrequency } from './update-frequency.ts';
