import { describe, expect, test } from '@jest/globals';
import { dhanErrors, FAILURE_KINDS, type FailureKind, failureKindOf } from '@rtp/dhan';
import { classify } from '../../packages/dhan/src/wire/envelope.ts';
import { failure } from '../../packages/dhan/src/wire/failure-kind.ts';

const json = (status: number, body: unknown, contentType = 'application/json') =>
  classify({ status, contentType, text: typeof body === 'string' ? body : JSON.stringify(body) });

const dh = (code: string, message: string, type = 'Input_Exception') => ({
  errorType: type,
  errorCode: code,
  errorMessage: message,
});
const data = (code: string, message: string) => ({ data: { [code]: message }, status: 'failed' });
const mint = (message: string) => ({ message, status: 'error' });

const TABLE: readonly [string, number, unknown, FailureKind][] = [
  ['too many chart calls', 429, dh('DH-904', 'Too many requests on server', 'Rate_Limit'), 'rate_limited'],
  ['too many chart calls, whatever the status', 200, dh('DH-904', 'Too many requests', 'Rate_Limit'), 'rate_limited'],
  ['too many quote calls', 429, data('805', 'Too many requests. Further requests may…'), 'rate_limited'],
  ['an invalid token in 2025', 401, dh('DH-901', 'Client ID or user generated access token is invalid'), 'auth'],
  ['an invalid token in 2026', 400, dh('DH-906', 'Invalid Token', 'Order_Error'), 'auth'],
  ['an order error', 400, dh('DH-906', 'Order quantity', 'Order_Error'), 'bad_request'],
  ['an expired token on quotes', 401, data('807', 'Access token expired'), 'auth'],
  ['a refused token on quotes', 401, data('808', 'Authentication Failed - Client ID or Token invalid'), 'auth'],
  ['an invalid token on quotes', 401, data('809', 'Access token invalid'), 'auth'],
  ['a wrong client id, which no token mends', 401, data('810', 'Client ID invalid'), 'bad_request'],
  ['a lapsed plan on quotes, not a bad token', 401, data('806', 'Data APIs not Subscribed'), 'no_plan'],
  ['a lapsed plan on charts', 401, dh('DH-902', 'no access', 'Invalid_Access'), 'no_plan'],
  [
    'too long a range',
    400,
    dh('DH-905', 'Data for Intraday Charts can be fetched for 90 days at a time'),
    'bad_request',
  ],
  ['a missing field', 400, dh('DH-905', 'Missing required fields, bad values for parameters etc.'), 'bad_request'],
  ['a range without data', 400, dh('DH-905', 'System is unable … parameters or no data present'), 'no_data'],
  ['no data', 400, dh('DH-907', 'no data', 'Data_Error'), 'no_data'],
  ['an internal error', 500, dh('DH-908', 'oops', 'Internal_Server_Error'), 'server'],
  ['an unreachable backend', 502, dh('DH-909', 'unreachable', 'Network_Error'), 'server'],
  ['an internal error on quotes', 500, data('800', 'internal'), 'server'],
  ['a bad quote body', 400, data('814', 'Invalid Request'), 'bad_request'],
  ['an unknown id', 400, data('813', 'Invalid SecurityId'), 'bad_request'],
  ['a garbage id', 500, { errorCode: 'INTERNAL_SERVER_ERROR', internalErrorCode: 'RS-9005' }, 'server'],
  ['a mint too early', 200, mint('Token can be generated once every 2 minutes.'), 'mint_throttled'],
  ['a wrong code', 200, mint('Invalid TOTP'), 'totp_invalid'],
  ['a wrong PIN', 200, mint('Invalid Pin'), 'auth'],
  ['credentials that cannot mint', 200, mint('TOTP is not enabled for this client'), 'auth'],
  ['a refusal to mint in words that name no credential', 200, mint('Unable to process request'), 'server'],
  ['an apology in a list', 200, [{ message: 'Something went wrong', status: 'ERROR' }], 'server'],
  [
    'a gateway that knows no such path',
    404,
    { timestamp: 1, status: 404, error: 'Not Found', path: '/x' },
    'bad_request',
  ],
  ['a code that no source mentions, by status', 500, dh('DH-999', '?'), 'server'],
  ['a code that no source mentions, refused', 400, dh('DH-999', '?'), 'malformed'],
];

describe('answers are told apart by code and message', () => {
  test.each(TABLE)('%s', (_name, status, body, kind) => {
    expect(json(status, body)).toMatchObject({ ok: false, kind });
  });

  test("the broker's own words are kept", () => {
    expect(json(400, dh('DH-905', 'bad values'))).toMatchObject({ code: 'DH-905', message: 'bad values' });
    expect(json(401, data('808', 'Authentication Failed'))).toMatchObject({
      code: '808',
      message: 'Authentication Failed',
    });
  });

  test('bare arrays and quote answers are successes', () => {
    expect(json(200, { open: [], timestamp: [] })).toEqual({ ok: true, body: { open: [], timestamp: [] } });
    expect(json(200, { data: {}, status: 'success' })).toMatchObject({ ok: true });
  });
});

describe('answers without an envelope', () => {
  test.each<[string, number, string, string, FailureKind]>([
    ['a truncated answer', 200, 'application/json', '{"open":[1412.3,14', 'malformed'],
    ['a page in place of JSON', 200, 'text/html', '{"open":[]}', 'malformed'],
    ['an empty answer', 200, 'application/json', '', 'malformed'],
    ['a proxy that limits', 429, 'text/html', '<html>', 'rate_limited'],
    ['a proxy without a backend', 502, 'text/html', '<html>', 'server'],
    ['a firewall: the token is not to blame', 403, 'text/html', '<html>', 'malformed'],
    ['JSON of no known form with a bad status', 418, 'application/json', '{"teapot":true}', 'malformed'],
  ])('%s', (_name, status, type, text, kind) => {
    expect(json(status, text, type)).toMatchObject({ ok: false, kind });
  });

  test('JSON is accepted when the answer does not say what it is', () => {
    expect(json(200, { open: [] }, '')).toMatchObject({ ok: true });
  });
});

describe('failures as errors', () => {
  test('every kind has its own code, and the code tells the kind', () => {
    const errors = FAILURE_KINDS.map((kind) => failure(kind, 'x'));
    expect(errors.map(failureKindOf)).toEqual(FAILURE_KINDS);
    expect(new Set(errors.map(({ code }) => code)).size).toBe(FAILURE_KINDS.length);
  });

  test('credentials end a process with 77', () => {
    for (const kind of ['auth', 'totp_invalid'] as const) expect(failure(kind, 'x').exitCode).toBe(77);
  });

  test('other errors are of no kind', () => {
    expect(failureKindOf(new Error('x'))).toBeNull();
    expect(failureKindOf(dhanErrors.create('RTP_DHAN_CLOSED', 'x'))).toBeNull();
  });
});
