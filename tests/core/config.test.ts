import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  configKeys,
  configSchema,
  defaultConfig,
  effectiveConfigText,
  type LoadConfigOptions,
  loadConfig,
  parseJsonc,
  projectRoot,
  type RtpError,
} from '@rtp/core';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'rtp-config-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

/** Loads without the surroundings of whoever runs the tests. */
function load(options: LoadConfigOptions = {}) {
  return loadConfig({ file: write('empty.json', '{}'), env: {}, dotenvFile: null, ...options });
}

function errorOf(options: LoadConfigOptions): RtpError {
  try {
    load(options);
  } catch (error) {
    return error as RtpError;
  }
  throw new Error('it was accepted');
}
const problemsOf = (content: unknown): string => errorOf({ file: write('bad.json', JSON.stringify(content)) }).message;

describe('precedence', () => {
  test('is flags, environment, .env, file, defaults, key by key', () => {
    const file = write(
      'p.json',
      '{ "store": { "threads": 2, "memory_limit_mb": 200, "max_rows": 20 }, "data_api": { "port": 1 } }',
    );
    const dotenvFile = write('p.env', 'RTP_STORE__THREADS=3\nRTP_STORE__MEMORY_LIMIT_MB=300\nRTP_DATA_API__PORT=3\n');
    const env = { RTP_STORE__THREADS: '4', RTP_DATA_API__PORT: '4' };
    const flags = { data_api: { port: 5 }, control_api: { port: undefined } };
    const { config, origins } = load({ file, dotenvFile, env, flags });
    expect(config.data_api.port).toBe(5);
    expect(config.store.threads).toBe(4);
    expect(config.store.memory_limit_mb).toBe(300);
    expect(config.store.max_rows).toBe(20);
    expect(config.control_api.port).toBe(8001);
    expect(origins).toMatchObject({
      'data_api.port': 'flags',
      'store.threads': 'environment',
      'store.memory_limit_mb': '.env',
      'store.max_rows': 'file',
      'control_api.port': 'default',
    });
  });

  test('without any file leaves every default', () => {
    const { config, origins } = load();
    expect(config).toEqual(defaultConfig());
    expect(new Set(Object.values(origins))).toEqual(new Set(['default']));
  });

  test('takes a list as one value', () => {
    const file = write('list.json', '{ "pipeline": { "priority_symbols": ["TCS", "INFY"] } }');
    const env = { RTP_PIPELINE__PRIORITY_SYMBOLS: '["M&M"]' };
    expect(load({ file, env }).config.pipeline.priority_symbols).toEqual(['M&M']);
  });
});

describe('the environment', () => {
  test('reaches nested keys, as JSON or plain text', () => {
    const env = {
      RTP_SOURCE: 'simulator',
      RTP_DATA_DIR: '2026',
      RTP_MONITOR__ENABLED: 'false',
      RTP_PIPELINE__MARKET_HOURS__START: '10:00',
      RTP_SIMULATOR__DATE: 'null',
      RTP_SIMULATOR__FAULTS: '[{"name":"feed_refused","from":"09:30"}]',
    };
    const { config } = load({ env });
    expect(config.source).toBe('simulator');
    expect(config.data_dir).toBe('2026');
    expect(config.monitor.enabled).toBe(false);
    expect(config.pipeline.market_hours).toEqual({ start: '10:00', end: '23:59' });
    expect(config.simulator.date).toBeNull();
    expect(config.simulator.faults).toEqual([{ name: 'feed_refused', from: '09:30', to: '23:59:59', probability: 1 }]);
  });

  test('names the variable of a bad value and of a key that does not exist', () => {
    const env = { RTP_STORE__THREADS: 'two', RTP_STORE__MEMRY_LIMIT_MB: '5', RTP_SORUCE: 'dhan' };
    const { message } = errorOf({ env });
    expect(message).toContain(
      'store.threads: "two" is not accepted (RTP_STORE__THREADS); a whole number from 1 to 64 is',
    );
    expect(message).toContain(
      'store.memry_limit_mb: no such key (RTP_STORE__MEMRY_LIMIT_MB); did you mean "store.memory_limit_mb"?',
    );
    expect(message).toContain('soruce: no such key (RTP_SORUCE); did you mean "source"?');
  });

  test('leaves empty values, secrets and variables of others alone', () => {
    const env = {
      RTP_STORE__THREADS: '',
      RTP_API_TOKEN: 'x',
      RTP_STATE_DIR: '/s',
      RTP_MULTICAST_GROUP: '239.0.0.1',
      DHAN_PIN: '1',
    };
    expect(load({ env }).config).toEqual(defaultConfig());
  });
});

describe('the file', () => {
  test('may hold comments and trailing commas', () => {
    const file = write('c.json', '// why\n{ /* here */ "store": { "threads": 2, }, }');
    expect(load({ file }).config.store.threads).toBe(2);
  });

  test('with a syntax error is refused by line and column', () => {
    const error = errorOf({ file: write('s.json', '{\n  "store": {\n    "threads": }\n}') });
    expect(error).toMatchObject({ code: 'RTP_CONFIG_UNREADABLE', exitCode: 78 });
    expect(error.message).toMatch(/s\.json cannot be read: line 3, column 16: value expected/);
  });

  test('that is named but missing, or no object, is refused', () => {
    expect(errorOf({ file: join(dir, 'none.json') })).toMatchObject({ code: 'RTP_CONFIG_UNREADABLE' });
    expect(errorOf({ file: write('a.json', '[1]') }).message).toMatch(/holds no JSON object/);
  });

  test('shipped with the project says what the defaults say', () => {
    const file = join(projectRoot, 'config/realtime_config.json');
    expect(load({ file }).config).toEqual(defaultConfig());
    expect(readFileSync(file, 'utf8')).toContain('//');
  });
});

describe('problems', () => {
  test('are all named at once, with path, value and what is accepted', () => {
    const error = errorOf({
      file: write(
        'many.json',
        JSON.stringify({
          store: { threads: 0, seal_deadline: '25:00' },
          broker: { rest_url: 'nowhere', chart_calls_per_second: 9 },
          logging: { level: 'loud' },
          monitor: { enabled: 'yes' },
          pipeline: { priority_symbols: ['TCS', 'infy'], update_intervals: { data_update_seconds: 90 }, grace: 1 },
          simulator: [],
        }),
      ),
    });
    expect(error).toMatchObject({ code: 'RTP_CONFIG_INVALID', exitCode: 78 });
    const lines = error.message.split('\n').map((line) => line.trim().replace(/ \(\/.*?\)/, ''));
    expect(lines[0]).toBe('10 problems in the configuration:');
    expect(lines.slice(1).sort()).toEqual([
      'broker.chart_calls_per_second: 9 is not accepted; a number above 0 and up to 5 is',
      'broker.rest_url: "nowhere" is not accepted; a URL is',
      'logging.level: "loud" is not accepted; "error", "warn", "info" or "debug" is',
      'monitor.enabled: "yes" is not accepted; true or false is',
      'pipeline.grace: no such key; did you mean "pipeline.grace_ms"?',
      'pipeline.priority_symbols.1: "infy" is not accepted; an NSE symbol in capitals is',
      'pipeline.update_intervals.data_update_seconds: 90 is not accepted; a whole number of 60 or more, a multiple of 60 is',
      expect.stringMatching(/^simulator: \[\] is not accepted; an object with the keys port, /),
      'store.seal_deadline: "25:00" is not accepted; a time of day HH:MM, IST is',
      'store.threads: 0 is not accepted; a whole number from 1 to 64 is',
    ]);
  });

  test('name the file they stand in', () => {
    expect(problemsOf({ store: { threads: 0 } })).toMatch(/store\.threads: 0 is not accepted \(.*bad\.json\)/);
  });

  test('in a key far from any other list the keys there are', () => {
    expect(problemsOf({ logging: { colour: true } })).toMatch(
      /logging\.colour: no such key.*; the keys there are level, /,
    );
  });

  test.each<[string, unknown, RegExp]>([
    [
      'a grace above its widest',
      { pipeline: { grace_ms: 9_000 } },
      /pipeline\.grace_max_ms: 6000 is not accepted; at least pipeline\.grace_ms \(9000\) is/,
    ],
    [
      'market hours that end before they start',
      { pipeline: { market_hours: { start: '15:00', end: '10:00' } } },
      /pipeline\.market_hours\.start: "15:00".*a time before pipeline\.market_hours\.end \(10:00\) is/,
    ],
    [
      'a least wait above the longest',
      { supervision: { backoff_min_ms: 70_000 } },
      /supervision\.backoff_min_ms: 70000.*at most supervision\.backoff_max_ms \(60000\) is/,
    ],
    [
      'a fault that ends before it starts',
      { simulator: { faults: [{ name: 'charts_500', from: '15:00', to: '10:00' }] } },
      /simulator\.faults\.0\.from: "15:00".*a time before its end/,
    ],
    [
      'a fault that nobody knows',
      { simulator: { faults: [{ name: 'feed_slient' }] } },
      /simulator\.faults\.0\.name: "feed_slient" is not accepted.*; "charts_429", .*, "feed_silent", .* or .* is/,
    ],
    [
      'a parameter that its fault does not have',
      { simulator: { faults: [{ name: 'feed_lag', lagms: 5 }] } },
      /simulator\.faults\.0\.lagms: no such key.*; did you mean "simulator\.faults\.0\.lagMs"\?/,
    ],
  ])('between keys: %s', (_what, content, words) => {
    expect(problemsOf(content)).toMatch(words);
  });

  test('of prototype keys change nothing', () => {
    const file = write(
      'proto.json',
      '{ "__proto__": { "threads": 7 }, "constructor": { "prototype": { "threads": 7 } } }',
    );
    expect(errorOf({ file }).message).toMatch(/constructor: no such key/);
    expect(({} as Record<string, unknown>).threads).toBeUndefined();
  });
});

describe('the effective configuration', () => {
  test('is frozen all the way down', () => {
    const { config } = load();
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.pipeline.market_hours)).toBe(true);
    expect(Object.isFrozen(config.pipeline.priority_symbols)).toBe(true);
  });

  test('prints as a file that loads to the same, with the origin of what is no default', () => {
    const { config, origins } = load({ env: { RTP_STORE__THREADS: '2' }, flags: { data_api: { port: 9 } } });
    const text = effectiveConfigText(config, origins);
    expect(text).toContain('"threads": 2, // environment');
    expect(text).toMatch(/"port": 9,? \/\/ flags/);
    expect(parseJsonc(text)).toEqual(config);
    expect(load({ file: write('again.json', text) }).config).toEqual(config);
  });

  test('has a meaning and an accepted form for every key', () => {
    for (const { path, accepts, description } of configKeys(configSchema)) {
      expect({ path, described: description !== '', accepts: accepts !== '' }).toEqual({
        path,
        described: true,
        accepts: true,
      });
    }
  });
});
