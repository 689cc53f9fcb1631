import { describe, expect, test } from '@jest/globals';
import { configSchema, isCronPattern, loadConfig } from '@rtp/core';

describe('a cron pattern', () => {
  test.each([
    '0 8,20 * * *',
    '*/15 9-16 * * mon-fri',
    '0 9 * * 6',
    '0 0 1-7/2 JAN,dec *',
    '59 23 31 12 7',
    ' 5  4 * * * ',
  ])('%j is taken', (text) => {
    expect(isCronPattern(text)).toBe(true);
  });

  test.each([
    '',
    '@daily',
    '0 8 * *',
    '0 8 * * * *',
    '60 8 * * *',
    '0 24 * * *',
    '0 8 0 * *',
    '0 8 32 * *',
    '0 8 * 13 *',
    '0 8 * * 8',
    '0 8 * * monday',
    '0 17-9 * * *',
    '5/2 8 * * *',
    '*/0 8 * * *',
    '*/60 8 * * *',
    '0 8,, * * *',
    '0 1-2-3 * * *',
    '-1 8 * * *',
    '0 8:00 * * *',
    '2026-01-01T00:00:00 * * * *',
  ])('%j is refused', (text) => {
    expect(isCronPattern(text)).toBe(false);
  });

  test('of a job that is none is an error of the configuration that names the key and what is accepted', () => {
    const load = (): unknown => loadConfig({ env: { RTP_JOBS__DAY_SEAL: '18:10' }, dotenvFile: null });
    expect(load).toThrow(
      'jobs.day_seal: "18:10" is not accepted (RTP_JOBS__DAY_SEAL); a cron pattern of five fields: minute, hour, day, month, weekday is',
    );
  });

  test('is null for a job that is switched off, from the environment too', () => {
    expect(configSchema.parse({ jobs: { day_seal: null } }).jobs.day_seal).toBeNull();
    const { config } = loadConfig({ env: { RTP_JOBS__DAY_SEAL: 'null' }, dotenvFile: null });
    expect(config.jobs.day_seal).toBeNull();
  });
});
