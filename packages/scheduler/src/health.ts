import type { Component, ComponentStatus, SystemStatus } from '@rtp/core';

/**
 * Mildest first. `starting`: no snapshot yet, or a wanted process not ready. `degraded`: works, with something named wrong.
 * `failed`: a wanted process does not run, or nothing vouches for the system. `stopped`: this process is on its way out.
 */
export const HEALTH_STATUSES = ['healthy', 'starting', 'degraded', 'failed', 'stopped'] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

export interface Health {
  readonly status: HealthStatus;
  /** Every reason not to be healthy, worst first. */
  readonly reasons: readonly string[];
}

export interface HealthInputs {
  readonly system: SystemStatus | null;
  /** Real milliseconds since the manager's last snapshot. */
  readonly snapshotAgeMs: number;
  readonly snapshotTimeoutMs: number;
  /** Age of the newest bar in market milliseconds; null out of session. */
  readonly dataAgeMs: number | null;
  readonly staleAfterMs: number;
  readonly isStopping: boolean;
}

interface Finding {
  readonly status: HealthStatus;
  readonly reason: string;
}

/** Without these the system cannot do its work; another one's failure only degrades it. */
const ESSENTIAL: readonly Component[] = ['simulator', 'store', 'scheduler', 'pipeline'];

/** Whether the system does what it should now, and every reason why not. */
export function systemHealth(inputs: HealthInputs): Health {
  const { system } = inputs;
  if (inputs.isStopping) return { status: 'stopped', reasons: ['The system is stopping'] };
  if (system === null) return { status: 'starting', reasons: ['No word from the system manager yet'] };
  const findings: Finding[] = system.components.flatMap(componentFindings);
  if (inputs.snapshotAgeMs > inputs.snapshotTimeoutMs) {
    const seconds = Math.round(inputs.snapshotAgeMs / 1_000);
    findings.push({ status: 'failed', reason: `No word from the system manager for ${seconds} s` });
  }
  const isPipelineWanted = system.components.some((line) => line.component === 'pipeline' && line.wanted === 'up');
  if (isPipelineWanted && inputs.dataAgeMs !== null && inputs.dataAgeMs > inputs.staleAfterMs) {
    const seconds = Math.round(inputs.dataAgeMs / 1_000);
    findings.push({ status: 'degraded', reason: `The newest bar is ${seconds} s old` });
  }
  findings.sort((a, b) => severity(b.status) - severity(a.status));
  return { status: findings[0]?.status ?? 'healthy', reasons: findings.map(({ reason }) => reason) };
}

function componentFindings(line: ComponentStatus): Finding[] {
  const { component, state } = line;
  if (line.wanted === 'down') return [];
  if (state === 'starting') return [{ status: 'starting', reason: `${component} is starting` }];
  if (state === 'ready' || state === 'degraded') {
    const named = degradedCondition(line.report) || (state === 'degraded' ? line.reason : '');
    return named === '' ? [] : [{ status: 'degraded', reason: `${component}: ${named}` }];
  }
  const status = ESSENTIAL.includes(component) ? 'failed' : 'degraded';
  return [{ status, reason: `${component} is ${state}: ${line.reason || line.lastExit || 'no reason known'}` }];
}

function degradedCondition(report: unknown): string {
  if (typeof report !== 'object' || report === null || !('degraded' in report)) return '';
  return typeof report.degraded === 'string' ? report.degraded : '';
}

const severity = (status: HealthStatus): number => HEALTH_STATUSES.indexOf(status);
