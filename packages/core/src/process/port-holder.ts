import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { coreErrors } from '../errors/core-errors.ts';
import type { RtpError } from '../errors/rtp-error.ts';
import { redactText } from '../logging/redact.ts';

/** State of a listening socket in `/proc/net/tcp`. */
const LISTEN = '0A';

/** A process that listens on a port. */
export interface PortHolder {
  readonly pid: number;
  /** Its command line, arguments separated by spaces. */
  readonly command: string;
}

/** Who listens on a TCP port of this machine; null when that is not ours to see. */
export function findPortHolder(port: number): PortHolder | null {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return null;
  const links = new Set([...inodes].map((inode) => `socket:[${inode}]`));
  for (const name of listDirectory('/proc')) {
    const pid = Number(name);
    if (Number.isInteger(pid) && holdsLink(pid, links)) {
      return { pid, command: read(`/proc/${pid}/cmdline`).split('\0').join(' ').trim() };
    }
  }
  return null;
}

/** The error of a server whose address is taken. It names the holder where that can be known. */
export function portInUseError(host: string, port: number, cause?: unknown): RtpError {
  const holder = findPortHolder(port);
  const by =
    holder === null ? 'another process' : `process ${holder.pid} (${redactText(holder.command).slice(0, 120)})`;
  return coreErrors.create('RTP_PORT_IN_USE', `${host}:${port} is taken by ${by}.`, { cause });
}

function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return read(table)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.split(':')[1] === wanted && fields[3] === LISTEN)
    .map((fields) => fields[9] ?? '');
}

function holdsLink(pid: number, links: ReadonlySet<string>): boolean {
  return listDirectory(`/proc/${pid}/fd`).some((fd) => {
    try {
      return links.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false;
    }
  });
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
