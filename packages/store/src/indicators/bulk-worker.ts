/** What a thread of bulk work runs. */
import { type GroupResult, GroupRunner, type GroupTask } from './group-runner.ts';

const runner = new GroupRunner();

/** Runs a group. */
export const runGroup = (task: GroupTask): GroupResult => runner.run(task);
