import type { Command } from 'commander';

/** Adds a command with the options that every command takes. */
export type Add = (name: string, description: string) => Command;

/** Told the exit code of the command that ran. */
export type Exit = (code: number) => void;
