export type { ControlStatus } from './control/contract.ts';
export { type ControlClient, controlClient } from './control/control-client.ts';
export { managerErrors } from './errors.ts';
export { isShippedDay, type SimulatedDay } from './source/prepared-day.ts';
export type { Notice, RunningSystem, SimulationOptions, StartOptions } from './system/start-options.ts';
export { startSystem } from './system/start-system.ts';
export { onStopSignals } from './system/stop-signals.ts';
export { productVersion } from './system/version.ts';
