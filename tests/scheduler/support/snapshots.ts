import {
  atIst,
  type Component,
  type ComponentStatus,
  loadCalendar,
  type PipelineReport,
  type SessionCalendar,
  type StoreReport,
  type SystemStatus,
} from '@rtp/core';

export const calendar: SessionCalendar = loadCalendar({ file: 'config/calendar.json' });

/** The instant of `2025-09-04 09:15`. */
export const ist = (text: string): number => atIst(text.slice(0, 10), text.slice(11));

export function pipelineReport(over: Partial<PipelineReport> = {}): PipelineReport {
  return {
    phase: 'session',
    tradingDate: '2025-09-04',
    symbols: 500,
    source: 'feed',
    sourceReason: '',
    lastSealedMinute: null,
    minutesSealed: 0,
    lastDataUpdate: null,
    barsWritten: 0,
    corrections: 0,
    outOfSession: 0,
    graceMs: 2_000,
    feedLagP95Ms: null,
    sealToAckP50Ms: null,
    sealToAckP99Ms: null,
    calls: 0,
    errors: 0,
    rateLimited: 0,
    chartCallsLeft: 7_000,
    budget: {
      cap: 7_000,
      used: 0,
      left: 7_000,
      reserved: 0,
      queued: 0,
      perSecond: 3,
      pausedUntil: null,
      runsOutAt: null,
    },
    tokenWarning: '',
    leaseHeldBy: null,
    clockSkewMs: null,
    universeWarnings: [],
    backfill: null,
    sources: [],
    tokenExpiresAt: null,
    sweepDone: 0,
    sweepTotal: 0,
    sealed: false,
    degraded: '',
    ...over,
  };
}

export function storeReport(over: Partial<StoreReport> = {}): StoreReport {
  return {
    lastCommitSeq: 0,
    lastPublishedSeq: 0,
    commits: 0,
    duplicates: 0,
    openDates: [],
    commitP50Ms: null,
    commitP99Ms: null,
    publishP50Ms: null,
    publishP99Ms: null,
    dataApiUrl: 'http://127.0.0.1:8000',
    errors: 0,
    degraded: '',
    ...over,
  };
}

export function line(component: Component, over: Partial<ComponentStatus> = {}): ComponentStatus {
  return {
    component,
    state: 'ready',
    wanted: 'up',
    reason: '',
    pid: 4_000,
    readyForMs: 60_000,
    restarts: 0,
    rssBytes: null,
    pssBytes: null,
    cpuSeconds: null,
    loopLagMs: null,
    lastExit: null,
    deaths: 0,
    busyWith: '',
    actor: 'supervisor',
    upForMs: null,
    report: null,
    ...over,
  };
}

export function snapshot(at: number, components: readonly ComponentStatus[]): SystemStatus {
  return {
    at,
    startedAt: at,
    source: 'simulator',
    dataDir: '/srv/rtp/data',
    managerPid: 3_999,
    speed: 1,
    components: [...components],
  };
}
