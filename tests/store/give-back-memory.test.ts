import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Engine } from '../../packages/store/src/engine/engine.ts';
import { StatementGate } from '../../packages/store/src/engine/statement-gate.ts';
import { removeTempDirs, tempDir } from './support/fixtures.ts';

const LIMIT_MB = 128;
const MB = 1_024 * 1_024;

let engine: Engine | undefined;

/** An engine whose attached table of some 40 MB has just been checkpointed. */
async function withCachedTable(): Promise<Engine> {
  const dir = tempDir();
  engine = await Engine.open({
    memoryLimitMb: LIMIT_MB,
    threads: 1,
    checkpointThresholdMb: 1_024,
    spillDir: join(dir, 'spill'),
    onFatal: () => {},
  });
  const session = await engine.connect();
  await session.exec(`ATTACH '${join(dir, 'day.duckdb')}' AS day`);
  await session.exec('CREATE TABLE day.t AS SELECT random() AS a, random() AS b FROM range(2500000)');
  await session.exec('CHECKPOINT day');
  expect((await session.rows('SELECT sum(a) > 0 FROM day.t'))[0]).toEqual([true]);
  return engine;
}

async function cachedBytes(of: Engine): Promise<number> {
  const session = await of.connect();
  const [row] = await session.rows("SELECT memory_usage_bytes::DOUBLE FROM duckdb_memory() WHERE tag = 'BASE_TABLE'");
  return row?.[0] as number;
}

async function memoryLimit(of: Engine): Promise<unknown> {
  const session = await of.connect();
  return (await session.rows("SELECT current_setting('memory_limit')"))[0]?.[0];
}

describe('memory of the engine', () => {
  afterEach(() => {
    engine?.close();
    engine = undefined;
    removeTempDirs();
  });

  it('drops what is cached of checkpointed tables, keeps its limit and the rows', async () => {
    const open = await withCachedTable();
    const limit = await memoryLimit(open);
    expect(await cachedBytes(open)).toBeGreaterThan(30 * MB);
    await open.giveBackMemory();
    expect(await cachedBytes(open)).toBeLessThan(9 * MB);
    expect(await memoryLimit(open)).toBe(limit);
    const session = await open.connect();
    expect((await session.rows('SELECT count(*)::DOUBLE FROM day.t'))[0]).toEqual([2_500_000]);
  });

  it('leaves the cache alone while a query is being read', async () => {
    const open = await withCachedTable();
    const session = await open.connect();
    const chunks = session.chunks('SELECT a FROM day.t');
    await chunks.next();
    await open.giveBackMemory();
    expect(await cachedBytes(open)).toBeGreaterThan(30 * MB);
    await chunks.return(undefined);
    await open.giveBackMemory();
    expect(await cachedBytes(open)).toBeLessThan(9 * MB);
  });

  it('lets a statement that comes meanwhile begin once the limit is back', async () => {
    const gate = new StatementGate();
    const seen: string[] = [];
    const { promise: low, resolve: isBack } = Promise.withResolvers<void>();
    const idle = gate.whileIdle(async () => {
      seen.push('low');
      await low;
      seen.push('back');
    });
    const statement = gate.enter().then(() => seen.push('statement'));
    await gate.whileIdle(async () => void seen.push('twice'));
    isBack();
    await Promise.all([idle, statement]);
    expect(seen).toEqual(['low', 'back', 'statement']);
    await gate.whileIdle(async () => void seen.push('while one runs'));
    gate.leave();
    await gate.whileIdle(async () => void seen.push('again'));
    expect(seen.slice(3)).toEqual(['again']);
  });
});
