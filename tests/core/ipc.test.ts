import { describe, expect, test } from '@jest/globals';
import {
  anchorNow,
  COMPONENTS,
  childMessageSchema,
  componentOf,
  IPC_VERSION,
  LOG_NAMES,
  managerMessageSchema,
  parseIpc,
  type RtpError,
  reportOf,
  type SystemStatus,
} from '@rtp/core';

const heartbeat = { v: IPC_VERSION, type: 'heartbeat', loopLagMs: 1, rssBytes: 2, progress: 3, report: null };

const refusal = (schema: Parameters<typeof parseIpc>[0], message: unknown): RtpError => {
  try {
    parseIpc(schema, message);
  } catch (error) {
    return error as RtpError;
  }
  throw new Error('it was accepted');
};

describe('messages between manager and children', () => {
  test('of the contract pass unchanged', () => {
    expect(parseIpc(childMessageSchema, heartbeat)).toEqual(heartbeat);
    const clock = { v: IPC_VERSION, type: 'clock', anchor: anchorNow(0, 60) };
    expect(parseIpc(managerMessageSchema, clock)).toEqual(clock);
  });

  test.each<[string, unknown]>([
    ['another version', { ...heartbeat, v: IPC_VERSION + 1 }],
    ['no version', { ...heartbeat, v: undefined }],
    ['an unknown type', { v: IPC_VERSION, type: 'gossip' }],
    ['a missing field', { ...heartbeat, progress: undefined }],
    [
      'a wish for an unknown component',
      { v: IPC_VERSION, type: 'want', component: 'broker', wanted: 'up', reason: '', actor: 'calendar' },
    ],
    ['no object', 'heartbeat'],
    ['nothing', undefined],
  ])('with %s are refused', (_what, message) => {
    expect(refusal(childMessageSchema, message)).toMatchObject({ code: 'RTP_IPC_MESSAGE_INVALID', exitCode: 75 });
  });

  test('are refused by the place of the mistake', () => {
    expect(refusal(childMessageSchema, { ...heartbeat, progress: 'much' }).message).toMatch(/progress/);
  });
});

describe('a snapshot of the system', () => {
  const status: SystemStatus = {
    at: 0,
    startedAt: 0,
    source: 'simulator',
    dataDir: '/data',
    managerPid: 1,
    speed: 60,
    components: [
      {
        component: 'monitor',
        state: 'ready',
        wanted: 'up',
        reason: '',
        pid: 2,
        readyForMs: 5,
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
        report: { samples: 1, lastSampleAt: null, errors: 0, degraded: '' },
      },
    ],
  };

  test('gives the checked report of a component, and null for one that is absent or unsound', () => {
    expect(componentOf(status, 'monitor')?.pid).toBe(2);
    expect(reportOf(status, 'monitor')).toMatchObject({ samples: 1 });
    expect(reportOf(status, 'store')).toBeNull();
    const [monitor] = status.components;
    expect(
      reportOf({ ...status, components: [{ ...monitor, report: { samples: -1 } } as never] }, 'monitor'),
    ).toBeNull();
  });
});

test('every component has a log of its own', () => {
  const names = [...COMPONENTS, 'system-manager' as const].map((role) => LOG_NAMES[role]);
  expect(new Set(names).size).toBe(COMPONENTS.length + 1);
});
