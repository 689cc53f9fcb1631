import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { cleanUp, eventually, killComponent, newDataDir, pidOf, rtp, startRtp } from './support/rtp.ts';

afterAll(cleanUp);

/** Values that occur nowhere else: wherever one is found, a secret has leaked. */
const BROKER = {
  DHAN_CLIENT_ID: '1100999001',
  DHAN_API_TOKEN: 'canary-dhan-Zt81+kQ/9w==',
  DHAN_PIN: '908172',
  DHAN_TOTP_SECRET: 'KVKFKRCPNZQUYMLXOVYDSQKJKZDTSRLD',
};
const OTHERS = {
  RTP_API_TOKEN: 'canary-api-7f1c2e90ab34cd56ef7890ab',
  SMTP_PASSWORD: 'canary smtp p@ss&word',
  SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0CANARY/B0CANARY/c4n4ryc4n4ry',
  AWS_SECRET_ACCESS_KEY: 'canary-aws-wJalrXUtnFEMI',
};
const PLANTED: Readonly<Record<string, string>> = { ...BROKER, ...OTHERS };
const SECRETS = Object.entries(PLANTED).filter(([name]) => name !== 'DHAN_CLIENT_ID');
const COMPONENTS = ['simulator', 'store', 'scheduler', 'monitor', 'pipeline'] as const;
const PATHS = [
  ...['/', '/status', '/health', '/metrics', '/config', '/openapi.json', '/operations', '/operations/none'],
  ...[
    '/start',
    '/stop',
    '/restart',
    '/symbols',
    '/coverage',
    '/data/RELIANCE',
    '/indicators/RELIANCE',
    '/latest',
    '/nonsense',
  ],
];
const COMMANDS: readonly (readonly string[])[] = [
  ['status'],
  ['config', 'show'],
  ['history'],
  ['history', '--json'],
  ['pipeline', 'restart'],
  ['logs', '-n', '10000', '--json'],
  ['logs', 'audit'],
  ['report', 'daily', '--date', '2016-09-30'],
  ['config', 'backup'],
];

/** The names of the secrets that stand in `text`, as they are, for a URL or in base64; a token of the broker counts too. */
function secretsIn(text: string): readonly string[] {
  const found = SECRETS.filter(([, value]) =>
    [value, encodeURIComponent(value), Buffer.from(value).toString('base64')].some((form) => text.includes(form)),
  ).map(([name]) => name);
  return /\beyJ[\w-]{10,}\.[\w-]{10,}\./.test(text) ? [...found, 'a token of the broker'] : found;
}

/** The secrets in each readable file below `folder`, except those files whose purpose it is to hold one. */
function leaksBelow(folder: string, holders: readonly string[]): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !holders.includes(file))
    .flatMap((file) => secretsIn(readFileSync(file, 'latin1')).map((name) => `${name} in ${file}`));
}

/** Everything that an address answers to questions of all kinds: headers and bodies. */
async function answersOf(url: string): Promise<string> {
  const tokens = [undefined, 'wrong', OTHERS.RTP_API_TOKEN];
  const asked = PATHS.flatMap((path) =>
    tokens.flatMap((token) => [
      { path, method: 'GET', token },
      { path, method: 'POST', token, body: '{"broken' },
    ]),
  );
  const answers = await Promise.all(
    asked.map(async ({ path, method, token, body }) => {
      const answer = await fetch(`${url}${path}?token=${encodeURIComponent(BROKER.DHAN_API_TOKEN)}`, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        signal: AbortSignal.timeout(20_000),
        ...(body === undefined ? {} : { body }),
      });
      return `${JSON.stringify([...answer.headers])}\n${await answer.text()}`;
    }),
  );
  return answers.join('\n');
}

/** The beginning of the live events. */
async function eventsOf(url: string): Promise<string> {
  const headers = { 'last-event-id': '1000000000000-1' };
  const answer = await fetch(`${url}/events`, { headers, signal: AbortSignal.timeout(20_000) });
  const reader = answer.body?.getReader();
  const text = Buffer.from((await reader?.read())?.value ?? []).toString();
  await reader?.cancel();
  return text;
}

describe('secrets planted in the environment', () => {
  test('are found by this search in whatever form', () => {
    const { SMTP_PASSWORD } = OTHERS;
    expect(secretsIn(`a ${SMTP_PASSWORD} b`)).toEqual(['SMTP_PASSWORD']);
    expect(secretsIn(encodeURIComponent(SMTP_PASSWORD))).toEqual(['SMTP_PASSWORD']);
    expect(secretsIn(Buffer.from(SMTP_PASSWORD).toString('base64'))).toEqual(['SMTP_PASSWORD']);
    expect(secretsIn('eyJhbGciOiJIUzUxMiJ9.eyJzdWIiOiIxMSJ9.x')).toEqual(['a token of the broker']);
  });

  test('appear in no file, answer, output or command line of a run, and in no environment of a child that does not need them', async () => {
    const dataDir = newDataDir();
    const run = startRtp(
      ['demo', '--from', '13:00', '--to', '13:45', '--speed', '60', '--until-close'],
      dataDir,
      PLANTED,
    );
    await eventually('all components serve', async () => (await rtp(['status'], dataDir)).exitCode === 0);
    await run.printed(/newest 13:\d\d/);
    const printed: string[] = [];
    const { stdout } = await rtp(['status', '--json'], dataDir, PLANTED);
    const { urls } = JSON.parse(stdout) as { urls: { dataApi: string; controlApi: string } };
    const right = { authorization: `Bearer ${OTHERS.RTP_API_TOKEN}` };
    expect((await fetch(`${urls.controlApi}/config`, { headers: right })).status).toBe(200);
    printed.push(stdout, await answersOf(urls.dataApi), await answersOf(urls.controlApi));
    printed.push(await eventsOf(urls.controlApi));

    // The search of an environment finds what is there: the manager was given all of them.
    expect(secretsIn(readFileSync(`/proc/${run.pid}/environ`, 'latin1'))).toEqual(SECRETS.map(([name]) => name));
    for (const component of COMPONENTS) {
      const pid = pidOf(dataDir, component);
      if (pid === null) continue;
      expect([component, secretsIn(readFileSync(`/proc/${pid}/cmdline`, 'latin1'))]).toEqual([component, []]);
      const allowed = component === 'scheduler' ? ['RTP_API_TOKEN'] : [];
      const held = secretsIn(readFileSync(`/proc/${pid}/environ`, 'latin1'));
      expect([component, held.filter((name) => !allowed.includes(name))]).toEqual([component, []]);
    }

    killComponent(dataDir, 'monitor');
    for (const args of COMMANDS) {
      const { stdout: out, stderr } = await rtp(args, dataDir, PLANTED);
      printed.push(out, stderr);
    }
    await rtp(['stop'], dataDir, PLANTED);
    const end = await run.finished;
    printed.push(end.stdout, end.stderr);

    expect(secretsIn(printed.join('\n'))).toEqual([]);
    // Each side of the broker's wire keeps the token that it gave or was given; nobody else can read either.
    const tokenFiles = ['token.json', 'simulator-token.json'].map((name) => join(dataDir, 'run', name));
    for (const file of tokenFiles) {
      const held = secretsIn(readFileSync(file, 'utf8'));
      expect([statSync(file).mode & 0o777, held]).toEqual([0o600, ['a token of the broker']]);
    }
    expect(leaksBelow(dataDir, [join(dataDir, 'run', 'api-token'), ...tokenFiles])).toEqual([]);
  }, 120_000);
});
