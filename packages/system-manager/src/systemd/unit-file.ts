import { dirname, join } from 'node:path';
import { type DataPaths, projectRoot, type RtpConfig } from '@rtp/core';
import { PERMANENT_EXIT_CODES } from '../supervisor/restart-policy.ts';
import { longestStartMs, longestStopMs } from '../system/time-limits.ts';

/** A manager whose loop turns speaks at half of this. */
const WATCHDOG_SECONDS = 30;
/** Beyond the system's own limits, so that it is never cut short of them. */
const MARGIN_MS = 15_000;

export interface UnitFileOptions {
  readonly config: RtpConfig;
  readonly paths: DataPaths;
  /** Absolute; null for the usual place. */
  readonly configFile: string | null;
  /** A unit of the user's own service manager (`systemctl --user`), not of the machine's. */
  readonly forUser: boolean;
  /** Who runs a unit of the machine. */
  readonly userName: string;
  /** What all data directories of a user share. */
  readonly stateDir: string;
}

/** A systemd unit, to be saved as `rtp.service`. Secrets are not in it: they come from a file that it names. */
export function unitFile(options: UnitFileOptions): string {
  const { config, paths, forUser } = options;
  const program = join(projectRoot, 'bin/rtp');
  const place = [
    '--data-dir',
    paths.dataDir,
    ...(options.configFile === null ? [] : ['--config', options.configFile]),
  ].map(commandWord);
  const command = (name: string): string => [commandWord(program), name, ...place].join(' ');
  const secrets = forUser ? '%h/.config/rtp/credentials.env' : '/etc/rtp/credentials.env';
  const seconds = (ms: number): number => Math.ceil((ms + MARGIN_MS) / 1_000);
  const folder = forUser ? '~/.config/systemd/user' : '/etc/systemd/system';
  const systemctl = forUser ? 'systemctl --user' : 'systemctl';
  return `${[
    `# ${folder}/rtp.service; then: ${systemctl} daemon-reload && ${systemctl} enable --now rtp`,
    `# ${paths.dataDir} must be there before the first start, and belong to who runs this.`,
    '[Unit]',
    'Description=RTP, real-time NSE market data',
    ...(forUser ? [] : ['After=network-online.target', 'Wants=network-online.target']),
    'StartLimitIntervalSec=600',
    'StartLimitBurst=5',
    '',
    '[Service]',
    'Type=notify',
    'NotifyAccess=main',
    `ExecStart=${command('start')}`,
    '# Refused as a whole, with every problem named, when the new configuration is not sound.',
    `ExecReload=${command('reload')}`,
    ...(forUser ? [] : [`User=${options.userName}`]),
    `WorkingDirectory=${value(projectRoot)}`,
    '# DHAN_CLIENT_ID, DHAN_API_TOKEN and the like, a line each; mode 0600. It may be missing.',
    `EnvironmentFile=-${secrets}`,
    'Restart=on-failure',
    'RestartSec=5',
    '# Usage, credentials, configuration: no restart mends them.',
    `RestartPreventExitStatus=${[...PERMANENT_EXIT_CODES].join(' ')}`,
    `WatchdogSec=${WATCHDOG_SECONDS}`,
    '# Children are stopped in order; those that a frozen manager leaves behind end by themselves or are killed.',
    'WatchdogSignal=SIGTERM',
    `TimeoutStartSec=${seconds(longestStartMs(config.supervision))}`,
    `TimeoutStopSec=${seconds(longestStopMs(config.supervision))}`,
    'KillMode=mixed',
    'OOMPolicy=continue',
    '',
    ...(forUser ? userHardening() : hardening(options)),
    '',
    '[Install]',
    `WantedBy=${forUser ? 'default.target' : 'multi-user.target'}`,
  ].join('\n')}\n`;
}

/** What needs no privileges of the service manager. */
const userHardening = (): readonly string[] => [
  '# Node compiles at run time: MemoryDenyWriteExecute= would end it.',
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
];

function hardening({ paths, stateDir }: UnitFileOptions): readonly string[] {
  const inDataDir = (path: string): boolean => path.startsWith(`${paths.dataDir}/`);
  const socketDir = dirname(paths.managerSocket);
  const compileCache = join(projectRoot, 'node_modules/.cache');
  const others = [paths.logsDir, stateDir, compileCache].filter((path) => !inDataDir(path));
  return [
    ...userHardening(),
    'ProtectSystem=strict',
    // Directories that are made on the first start need a parent that may be written to, or to be made before.
    `ReadWritePaths=${[paths.dataDir, ...others].map((path) => quoted(`-${path}`)).join(' ')}`,
    // Sockets of a data directory with a long path are in the temporary directory, where commands must find them.
    inDataDir(socketDir) ? 'PrivateTmp=yes' : `ReadWritePaths=${quoted(dirname(socketDir))}`,
    'PrivateDevices=yes',
    'ProtectControlGroups=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'ProtectKernelLogs=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'RestrictNamespaces=yes',
    'CapabilityBoundingSet=',
  ];
}

/** A value without specifiers: `%` stands for itself. */
const value = (text: string): string => text.replaceAll('%', '%%');

/** A word of a command line: variables are not expanded in it either. */
const commandWord = (word: string): string => quoted(word).replaceAll('$', '$$$$');

/** A word of a list, quoted where it must be. */
function quoted(word: string): string {
  const plain = value(word).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return /[\s"'\\;]/.test(plain) ? `"${plain}"` : plain;
}
