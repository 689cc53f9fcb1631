/** The broker's side of RTP's tests and demo: a DhanHQ v2 look-alike over recorded and generated days. */
export { TokenDesk } from './auth/token-desk.ts';
export { totpCode, totpStep } from './auth/totp.ts';
export { SIMULATOR_CREDENTIALS } from './credentials.ts';
export { type DayChoice, MAX_GENERATED_SYMBOLS, prepareDay } from './day/prepare.ts';
export { DAY_FILES, type DayFile, DEFAULT_GENERATED_DATE, dayFileSchema } from './day/prepared-day.ts';
export { SHIPPED_DAYS } from './day/shipped-days.ts';
export { simulatorErrors } from './errors.ts';
export { BAD_DAY } from './faults/bad-day.ts';
export {
  FAULT_KINDS,
  FAULT_NAMES,
  type FaultDescription,
  type FaultKind,
  type FaultParameter,
} from './faults/fault-catalogue.ts';
export { parseFaultPlan, readFaultFile } from './faults/fault-plan.ts';
export type { FaultReport, FaultStatus } from './faults/fault-schedule.ts';
export type { FaultName } from './faults/scheduled-fault.ts';
export { loadDay } from './market/load-day.ts';
export { Market, type OfficialBar } from './market/market.ts';
export type { MarketDay, MarketInstrument } from './market/market-day.ts';
export { Simulator, type SimulatorOptions, type SimulatorState } from './simulator.ts';
