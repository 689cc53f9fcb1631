import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { coreErrors } from '../errors/core-errors.ts';
import { replaceFile } from '../files/replace-file.ts';
import { registerSecret } from '../logging/redact.ts';
import type { DataPaths } from '../process/data-paths.ts';

/** Fewer characters could be guessed. */
const MIN_LENGTH = 16;
const GENERATED_BYTES = 32;

/**
 * The Control API's bearer token: `given` (RTP_API_TOKEN) if there is one, or that of the data directory's file; null where
 * there is neither. This process's logs hide it from then on. Errors: RTP_API_TOKEN_INVALID.
 */
export function readApiToken(paths: DataPaths, given: string | undefined): string | null {
  const token = given ?? readTokenFile(paths.apiTokenFile);
  if (token === null) return null;
  if (token.length < MIN_LENGTH || /[^\x21-\x7e]/.test(token)) {
    const where = given === undefined ? paths.apiTokenFile : 'RTP_API_TOKEN';
    throw invalid(`${where} must be at least ${MIN_LENGTH} printable characters without a space.`);
  }
  registerSecret(token);
  return token;
}

/** The same, generated into the file (mode 0600) where there is none yet. Errors: RTP_API_TOKEN_INVALID. */
export function ensureApiToken(paths: DataPaths, given: string | undefined): string {
  const known = readApiToken(paths, given);
  if (known !== null) return known;
  const token = randomBytes(GENERATED_BYTES).toString('base64url');
  registerSecret(token);
  replaceFile(paths.apiTokenFile, Buffer.from(`${token}\n`));
  return token;
}

function readTokenFile(file: string): string | null {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw invalid(`${file} ${code === 'ELOOP' ? 'is a symbolic link' : `cannot be read (${code})`}.`);
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw invalid(`${file} is not a file.`);
    if ((stat.mode & 0o077) !== 0)
      throw invalid(`${file} is open to others (mode ${(stat.mode & 0o777).toString(8)}).`);
    return readFileSync(descriptor, 'utf8').trim();
  } finally {
    closeSync(descriptor);
  }
}

const invalid = (message: string): Error => coreErrors.create('RTP_API_TOKEN_INVALID', message);
