import { hostname, networkInterfaces } from 'node:os';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
const WILDCARDS = ['0.0.0.0', '::'];

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Whether an address to listen on is reached from this machine alone. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** Names under which a server bound to `host` may be addressed, as they appear in a Host header. */
export function allowedHostNames(host: string): ReadonlySet<string> {
  const own = host.includes(':') ? `[${host}]` : host.toLowerCase();
  return new Set([...LOOPBACK_NAMES, ...(WILDCARDS.includes(host) ? ownNames() : [own])]);
}

/** How others address this machine: its name and the addresses of its interfaces. No page can rebind those to its own. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  const names = addresses.map(({ address, family }) => (family === 'IPv6' ? `[${address.toLowerCase()}]` : address));
  return [...names, hostname().toLowerCase()];
}

/**
 * Whether a request's Host headers address this server. A page on the web can point its own name at 127.0.0.1 and
 * have the browser send it here (DNS rebinding); the name in the Host header gives it away.
 *
 * @param hosts every Host header of the request: exactly one is expected
 */
export function isAllowedHost(hosts: readonly string[], allowed: ReadonlySet<string>): boolean {
  const [host] = hosts;
  if (hosts.length !== 1 || host === undefined) return false;
  return allowed.has(host.toLowerCase().replace(/:\d{1,5}$/, ''));
}

/** Every Host header among a request's raw headers. */
export function hostHeaders(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
}
