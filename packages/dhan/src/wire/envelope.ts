/**
 * Reads an answer's envelope (wire §6.2, wire §6.3): failures are told by code and message. The HTTP status
 * decides only where an answer carries no envelope at all (a proxy's page).
 */
import type { FailureKind } from './failure-kind.ts';

/** One HTTP answer, complete. */
export interface WireAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** `ok` with the parsed JSON, or which failure it is and the broker's own words. */
export type Verdict =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly kind: FailureKind; readonly code: string; readonly message: string };

interface Rule {
  readonly code: string;
  /** Only when the message matches. */
  readonly message?: RegExp;
  readonly kind: FailureKind;
}

/** First match wins. */
const RULES: readonly Rule[] = [
  // `{"errorType","errorCode":"DH-9xx","errorMessage"}`: charts, profile.
  { code: 'DH-901', kind: 'auth' },
  { code: 'DH-902', kind: 'no_plan' },
  { code: 'DH-903', kind: 'no_plan' },
  { code: 'DH-904', kind: 'rate_limited' },
  { code: 'DH-905', message: /no data present/i, kind: 'no_data' },
  { code: 'DH-905', kind: 'bad_request' },
  { code: 'DH-906', message: /invalid token/i, kind: 'auth' },
  { code: 'DH-906', kind: 'bad_request' },
  { code: 'DH-907', kind: 'no_data' },
  { code: 'DH-908', kind: 'server' },
  { code: 'DH-909', kind: 'server' },
  { code: 'DH-910', message: /invalid token/i, kind: 'auth' },
  { code: 'DH-910', kind: 'server' },
  { code: 'DH-911', kind: 'bad_request' },
  { code: 'INTERNAL_SERVER_ERROR', kind: 'server' },
  // `{"data":{"8xx":message},"status":"failed"}`: quotes; the same numbers are the feed's disconnect reasons.
  { code: '800', kind: 'server' },
  { code: '804', kind: 'bad_request' },
  { code: '805', kind: 'rate_limited' },
  { code: '806', kind: 'no_plan' },
  { code: '807', kind: 'auth' },
  { code: '808', kind: 'auth' },
  { code: '809', kind: 'auth' },
  // No new token makes a wrong client id right.
  { code: '810', kind: 'bad_request' },
  { code: '811', kind: 'bad_request' },
  { code: '812', kind: 'bad_request' },
  { code: '813', kind: 'bad_request' },
  { code: '814', kind: 'bad_request' },
  // `{"status":"error","message"}` with HTTP 200: token minting.
  { code: 'error', message: /once every/i, kind: 'mint_throttled' },
  { code: 'error', message: /invalid totp/i, kind: 'totp_invalid' },
  // Only what names the credentials refuses them: words that nobody has seen yet may pass.
  { code: 'error', message: /something went wrong|internal|unavailable|try again|retry/i, kind: 'server' },
  {
    code: 'error',
    message: /invalid|incorrect|wrong|\bpin\b|credential|client|blocked|not (enabled|allowed)/i,
    kind: 'auth',
  },
  { code: 'error', kind: 'server' },
];

/** The kind of a code and its message; null for a code that no source mentions. */
export function kindOfCode(code: string, message: string): FailureKind | null {
  const rule = RULES.find((each) => each.code === code && (each.message?.test(message) ?? true));
  return rule?.kind ?? null;
}

/** Classifies an answer: the only place that does. */
export function classify(answer: WireAnswer): Verdict {
  const parsed = parseJson(answer);
  if (parsed === undefined) return withoutEnvelope(answer);
  const found = findCode(parsed);
  if (found !== null) {
    const kind = kindOfCode(found.code, found.message) ?? byStatus(answer.status);
    return { ok: false, kind, code: found.code, message: found.message };
  }
  if (answer.status >= 200 && answer.status < 300) return { ok: true, body: parsed };
  return withoutEnvelope(answer);
}

function parseJson({ contentType, text }: WireAnswer): unknown {
  if (contentType !== '' && !/\bjson\b/i.test(contentType)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The failure code of the known envelopes; null for a success. */
function findCode(body: unknown): { code: string; message: string } | null {
  if (Array.isArray(body)) {
    const first: unknown = body[0];
    return isRecord(first) && /^error$/i.test(text(first.status))
      ? { code: 'error', message: text(first.message) }
      : null;
  }
  if (!isRecord(body)) return null;
  if (typeof body.errorCode === 'string' && body.errorCode !== '') {
    return { code: body.errorCode, message: text(body.errorMessage ?? body.internalErrorMessage) };
  }
  if (body.status === 'failed' || body.status === 'failure') {
    const [code, message] = isRecord(body.data) ? (Object.entries(body.data)[0] ?? ['', '']) : ['', ''];
    return { code, message: text(message) };
  }
  if (body.status === 'error') return { code: 'error', message: text(body.message) };
  return null;
}

function withoutEnvelope({ status, contentType, text: content }: WireAnswer): Verdict {
  const what = content === '' ? 'empty' : `${content.length} characters of ${contentType || 'no content type'}`;
  return { ok: false, kind: byStatus(status), code: '', message: `HTTP ${status}, ${what}` };
}

function byStatus(status: number): FailureKind {
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'server';
  return status === 404 ? 'bad_request' : 'malformed';
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
