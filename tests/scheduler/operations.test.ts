import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { realDelay } from '@rtp/core';
import { ControlRig } from './support/control-rig.ts';

let rig: ControlRig;
beforeEach(async () => {
  rig = await new ControlRig({ operationTimeoutMs: 300 }).start();
});
afterEach(() => rig.stop());

interface Answer {
  readonly operation: { readonly id: string; readonly state: string; readonly text: string; readonly action: string };
  readonly changed: readonly string[];
}

async function post(path: string): Promise<{ status: number; body: Answer; code: string | undefined }> {
  const answer = await rig.fetch(path, { method: 'POST' });
  const body = (await answer.json()) as Answer & { readonly error?: { readonly code: string } };
  return { status: answer.status, body, code: body.error?.code };
}

describe('an operation', () => {
  test('is under way until the system shows its end; its id tells how it went', async () => {
    const { status, body } = await post('/stop');
    expect({ status, changed: body.changed }).toEqual({ status: 202, changed: ['pipeline.wanted'] });
    expect(rig.scheduler.wish).toMatchObject({ wanted: 'down', actor: 'operator' });
    rig.turn();
    const answer = (await (await rig.fetch(`/operations/${body.operation.id}`)).json()) as Answer;
    expect(answer.operation).toMatchObject({
      state: 'done',
      action: 'stop',
      text: expect.stringContaining('2025-09-05 at 08:30'),
    });
  });

  test('is waited for when asked to, and the answer then says that it is done', async () => {
    const waiting = post('/stop?wait=2');
    while (rig.operations.all.length === 0) await realDelay(5);
    rig.turn();
    expect(await waiting).toMatchObject({ status: 200, body: { operation: { state: 'done' } } });
  });

  test('changes nothing when things are so already', async () => {
    await post('/stop');
    rig.turn();
    expect(await post('/stop')).toMatchObject({ status: 200, body: { operation: { state: 'done' }, changed: [] } });
    await post('/start');
    rig.turn();
    expect(await post('/start')).toMatchObject({ status: 200, body: { operation: { state: 'done' }, changed: [] } });
  });

  test('asked for twice while it is under way is the same one', async () => {
    const first = await post('/stop');
    const second = await post('/stop');
    expect(second.body.operation.id).toBe(first.body.operation.id);
    expect(rig.operations.all).toHaveLength(1);
  });

  test('is refused while another one is under way, which is named', async () => {
    const { body } = await post('/stop');
    for (const path of ['/start', '/restart']) {
      const refused = await rig.fetch(path, { method: 'POST' });
      expect(refused.status).toBe(409);
      expect(await refused.json()).toMatchObject({
        error: { code: 'RTP_OPERATION_CONFLICT', message: `Operation ${body.operation.id}, stop, is still under way.` },
      });
    }
    rig.turn();
    expect((await post('/start')).status).toBe(202);
  });

  test('to restart is over when another process serves', async () => {
    const { status, body } = await post('/restart');
    expect(status).toBe(202);
    rig.turn('starting');
    expect(rig.operations.get(body.operation.id).state).toBe('running');
    rig.turn('ready');
    expect(rig.operations.get(body.operation.id)).toMatchObject({
      state: 'done',
      text: 'the pipeline serves again, pid 4001',
    });
  });

  test('to restart what is not wanted is refused', async () => {
    await post('/stop');
    rig.turn();
    expect(await post('/restart')).toMatchObject({ status: 409, code: 'RTP_OPERATION_REFUSED' });
  });

  test('fails when the pipeline is given up, when the manager refuses, and when nothing comes of it', async () => {
    const waiting = post('/restart?wait=2');
    while (rig.operations.all.length === 0) await realDelay(5);
    rig.turn('fatal');
    expect(await waiting).toMatchObject({ status: 503, body: { operation: { state: 'failed' } } });
    rig.turn('ready');
    rig.answer = { ok: false, text: 'this system has no pipeline' };
    expect((await post('/restart?wait=2')).body.operation.text).toBe('this system has no pipeline');
    const { body } = await post('/stop?wait=2');
    expect(body.operation).toMatchObject({ state: 'failed', text: expect.stringContaining('not within 300 ms') });
  });

  test('that nobody remembers is a 404', async () => {
    expect((await rig.fetch('/operations/no-such')).status).toBe(404);
  });
});
