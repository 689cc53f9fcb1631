import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * The folder for what all data directories of a user share: `RTP_STATE_DIR`, else `rtp` in `XDG_STATE_HOME`, else
 * `~/.local/state/rtp`. Relative paths in XDG variables are to be ignored (XDG Base Directory Specification).
 */
export function userStateDir(env: Readonly<Record<string, string | undefined>>): string {
  if (env.RTP_STATE_DIR) return env.RTP_STATE_DIR;
  const stateHome = env.XDG_STATE_HOME ?? '';
  return join(isAbsolute(stateHome) ? stateHome : join(env.HOME || homedir(), '.local', 'state'), 'rtp');
}
