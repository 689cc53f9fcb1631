import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import { MINUTE_MS, RtpError, realDelay } from '@rtp/core';
import { storedColumns } from '@rtp/indicators';
import { type Ack, type Batch, makeBatch, type StoreClient } from '@rtp/store-client';
import { openAsUser } from '../store/support/catalogue.ts';
import { absence, bar, DATE, listing, OPEN, removeTempDirs, tempDir } from '../store/support/fixtures.ts';
import { indicatorRows, row } from '../store/support/indicators.ts';
import { prepareRun, type StoreProcess, startStoreProcess } from '../store/support/store-process.ts';

const KILLS = 4;
const SYMBOLS = 40;

let running: StoreProcess | undefined;
afterEach(async () => {
  if (running?.child.exitCode === null) await running.kill();
  running = undefined;
  removeTempDirs();
});

const listings = Array.from({ length: SYMBOLS }, (_, index) => listing(`SYM${index}`));
const batchOf = (seq: number): Batch =>
  makeBatch(
    { producerId: 'pipeline', epoch: 1, seq, tradingDate: DATE },
    {
      bars: Array.from({ length: SYMBOLS - 1 }, (_, index) => bar(index + 1, seq - 1, { volume: seq * 1_000 + index })),
      absences: [absence(SYMBOLS, seq - 1)],
      indicators: indicatorRows(Array.from({ length: SYMBOLS - 1 }, (_, index) => row(index + 1, seq - 1, seq))),
    },
  );

/** Sends batches one after the other until the store no longer answers; returns the acknowledgements. */
async function sendUntilGone(client: StoreClient, from: number): Promise<Ack[]> {
  const acks: Ack[] = [];
  try {
    for (let seq = from; ; seq += 1) acks.push(await client.append(batchOf(seq)));
  } catch (error) {
    if (!(error instanceof RtpError) || error.code !== 'RTP_STORE_UNREACHABLE') throw error;
    return acks;
  }
}

describe('a store killed at any moment', () => {
  test('loses nothing it acknowledged, doubles nothing sent again, and publishes it all', async () => {
    const dataDir = tempDir();
    prepareRun(dataDir, { compact_every_commits: 5, retired_file_grace_ms: 200, checkpoint_wal_mb: 1 });
    const acks: Ack[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      running = await startStoreProcess(dataDir);
      await running.client.registerInstruments(DATE, listings);
      const sending = sendUntilGone(running.client, acks.length + 1);
      await realDelay(60 + kill * 90);
      await running.kill();
      acks.push(...(await sending));
    }
    running = await startStoreProcess(dataDir);
    const last = acks.length + 1;
    // The batch whose answer was lost in the last kill is sent again.
    const resent = await running.client.append(batchOf(last));
    const commitSeqs = [...acks, resent].map(({ commitSeq }) => commitSeq);
    expect(commitSeqs).toEqual([...new Set(commitSeqs)].sort((a, b) => a - b));
    const whole = `${SYMBOLS - 1} 1 ${SYMBOLS - 1}`;
    expect(
      acks.filter(({ inserted, absences, indicators }) => `${inserted} ${absences} ${indicators}` !== whole),
    ).toEqual([]);

    const state = await running.client.dayState(DATE);
    expect(state).toHaveLength(last * SYMBOLS);
    expect(new Set(state.map(({ instrumentId, ts }) => `${instrumentId}/${ts}`)).size).toBe(last * SYMBOLS);
    expect(await running.stop()).toBe(0);

    const user = await openAsUser(running.paths);
    const [row] = await user.ask(`SELECT count(*)::INT, count(DISTINCT (instrument_id, ts))::INT,
      count(*) FILTER (volume = ((epoch_ms(ts) - ${OPEN}) / ${MINUTE_MS} + 1) * 1000 + instrument_id - 1)::INT,
      max(revision) FROM bars`);
    expect(row).toEqual([last * (SYMBOLS - 1), last * (SYMBOLS - 1), last * (SYMBOLS - 1), 1]);
    const [values] = await user.ask(`SELECT count(*)::INT, count(DISTINCT (instrument_id, ts))::INT,
      count(*) FILTER ("${storedColumns[0]?.name}" = (epoch_ms(ts) - ${OPEN}) / ${MINUTE_MS} + 1)::INT FROM indicators`);
    expect(values).toEqual([last * (SYMBOLS - 1), last * (SYMBOLS - 1), last * (SYMBOLS - 1)]);
    expect(await user.ask('SELECT count(*)::INT, max(commit_seq)::INT FROM commits')).toEqual([
      [last, resent.commitSeq],
    ]);
    user.close();
  }, 60_000);
});

describe('the store process', () => {
  test('ends by itself when its manager is gone, and its next start finds everything', async () => {
    const dataDir = tempDir();
    prepareRun(dataDir);
    running = await startStoreProcess(dataDir);
    await running.client.registerInstruments(DATE, listings);
    await running.client.append(batchOf(1));
    const exited = once(running.child, 'exit');
    running.child.disconnect();
    expect((await exited)[0]).toBe(0);
    await running.client.close();
    running = await startStoreProcess(dataDir);
    expect(await running.client.append(batchOf(1))).toMatchObject({ duplicate: true });
  }, 30_000);

  test('refuses a data directory that another store serves, with exit code 75', async () => {
    const dataDir = tempDir();
    prepareRun(dataDir);
    running = await startStoreProcess(dataDir);
    await expect(startStoreProcess(dataDir)).rejects.toThrow(/exited with 75: RTP_STORE_ALREADY_RUNNING/);
    expect(await running.client.dates()).toEqual([]);
  }, 30_000);
});
