/**
 * Keeps secrets out of logs, errors and answers. By key: a value under a telling name is hidden whatever it is. By
 * value: registered secrets, and anything that looks like a credential, are hidden wherever they stand in text.
 */
import { RtpError } from '../errors/rtp-error.ts';

const HIDDEN = '[redacted]';
const SECRET_KEY = /token|secret|totp|password|passwd|authorization|webhook|api_?key|cookie/i;
/** `pin` as a word of its own: not `ping`, not `mapping`. */
const PIN_KEYS = [/(^|[^a-z])pin([^a-z]|$)/i, /[a-z]Pin([^a-z]|$)/, /^pin[A-Z]/];
/** `tokenExpiresAt`, `token_renewal_margin_ms`: times and counts about a secret, not the secret. */
const MEASURE_KEY = /(At|Ms|Count|Seconds|_at|_ms|_count|_seconds)$/;

const SECRET_SHAPES: readonly (readonly [RegExp, string])[] = [
  // JSON web tokens.
  [/\beyJ[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*)?/g, HIDDEN],
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${HIDDEN}`],
  // Query parameters and form fields.
  [/([?&;\s"'](?:[\w-]*token|pin|totp|[\w-]*secret|password)=)[^&\s"'#]+/gi, `$1${HIDDEN}`],
  // Credentials inside a URL.
  [/(\b\w+:\/\/[^\s/:@]+:)[^\s/@]+@/g, `$1${HIDDEN}@`],
  [/(hooks\.slack\.com\/)[\w/-]+/gi, `$1${HIDDEN}`],
];

/** Values shorter than this are too likely to be ordinary text. */
const MIN_SECRET_LENGTH = 4;
/** Nesting below this is cut: a log line is not a dump. */
const MAX_DEPTH = 8;

const registered = new Set<string>();
let registeredPattern: RegExp | null = null;

/** Hides `value` in every later log line and redacted text of this process. Short and empty values are ignored. */
export function registerSecret(value: string | undefined): void {
  if (value === undefined || value.length < MIN_SECRET_LENGTH || registered.has(value)) return;
  registered.add(value);
  const forms = new Set([...registered].flatMap(formsOf));
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  registeredPattern = new RegExp(longestFirst.map(standingAlone).join('|'), 'g');
}

/** A secret as it is, in a URL, in a form, and in base64 with or without its padding. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
}

/** `text` without secrets. */
export function redactText(text: string): string {
  let clean = registeredPattern === null ? text : text.replace(registeredPattern, HIDDEN);
  for (const [shape, replacement] of SECRET_SHAPES) clean = clean.replace(shape, replacement);
  return clean;
}

/** A copy of `value` that JSON can hold, without secrets: errors become their parts, cycles and depth are cut. */
export function redact(value: unknown): unknown {
  return copy(value, 0, []);
}

function copy(value: unknown, depth: number, parents: readonly object[]): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'number':
      return registered.has(String(value)) ? HIDDEN : value;
    case 'bigint':
      return redactText(value.toString());
    case 'function':
    case 'symbol':
      return String(value.toString()).slice(0, 40);
    case 'object':
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (parents.includes(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[deep]';
  const within = [...parents, value];
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1, within));
  if (value instanceof Error) return copyError(value, depth, within);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return copyEntries(mapEntries(value), depth, within);
  if (value instanceof Set) return [...value].map((item) => copy(item, depth + 1, within));
  return copyEntries(Object.entries(value), depth, within);
}

function copyEntries(
  entries: Iterable<readonly [string, unknown]>,
  depth: number,
  parents: readonly object[],
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, inner] of entries) {
    const shown = isSecretKey(key, inner) ? HIDDEN : copy(inner, depth + 1, parents);
    if (shown !== undefined) out[redactText(key)] = shown;
  }
  return out;
}

function copyError(error: Error, depth: number, parents: readonly object[]): Record<string, unknown> {
  const parts: Record<string, unknown> = {
    name: error.name,
    ...(error instanceof RtpError ? { code: error.code, fix: error.fix } : Object.fromEntries(Object.entries(error))),
    message: error.message,
    stack: error.stack,
    cause: error.cause,
  };
  return copyEntries(Object.entries(parts), depth, parents);
}

/** Whether the value under `key` is hidden unseen: not when it is empty, a flag, or a measure of the secret. */
function isSecretKey(key: string, value: unknown): boolean {
  if (value === null || value === undefined || value === '' || typeof value === 'boolean') return false;
  if (!SECRET_KEY.test(key) && !PIN_KEYS.some((pattern) => pattern.test(key))) return false;
  return !(typeof value === 'number' && MEASURE_KEY.test(key));
}

function* mapEntries(map: ReadonlyMap<unknown, unknown>): Iterable<readonly [string, unknown]> {
  for (const [key, value] of map) yield [String(key), value];
}

/** A pattern of the literal `secret`, which must not be part of a longer number when it is one. */
function standingAlone(secret: string): string {
  const literal = secret.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  return /^\d+$/.test(secret) ? `(?<![\\d.])${literal}(?!\\d)` : literal;
}
