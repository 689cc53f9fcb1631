import type { SimulatorFaultOf } from '@rtp/core';
import type { Answer } from '../rest/answers.ts';
import type { FaultSchedule } from './fault-schedule.ts';

/** Whose answers a fault of answers is about. */
export type AnswerGroup = 'charts' | 'quotes' | 'account' | 'master';

type AnswerFault = 'answers_wrong_type' | 'answers_truncated' | 'answers_trickle' | 'answers_reset';

/** An answer and how it is sent. */
export interface Delivery {
  readonly answer: Answer;
  /** Real time until the first byte, and bytes in a second from there; undefined: at once. */
  readonly pace?: { readonly firstByteMs: number; readonly bytesPerSecond: number } | undefined;
  /** The connection is reset in the middle. */
  readonly isReset: boolean;
}

const GROUPS: readonly (readonly [prefix: string, group: AnswerGroup])[] = [
  ['/v2/charts/', 'charts'],
  ['/v2/marketfeed/', 'quotes'],
  ['/v2/profile', 'account'],
  ['/v2/RenewToken', 'account'],
  ['/app/', 'account'],
  ['/api-data/', 'master'],
  ['/v2/instrument/', 'master'],
];

/** Whose answer a path's is; undefined for the simulator's own. */
export function answerGroup(path: string): AnswerGroup | undefined {
  return GROUPS.find(([prefix]) => path.startsWith(prefix))?.[1];
}

/** What becomes of an answer on its way: an HTML page, a piece of it, drops, or a reset. */
export function distortAnswer(faults: FaultSchedule, group: AnswerGroup, answer: Answer): Delivery {
  const strikes = <Name extends AnswerFault>(name: Name): SimulatorFaultOf<Name> | undefined => {
    const drawn = faults.drawWhere(name, ({ fault }) => (fault as SimulatorFaultOf<AnswerFault>).paths.includes(group));
    drawn?.strike();
    return drawn?.fault;
  };
  const page = strikes('answers_wrong_type');
  const whole = page === undefined ? answer : htmlPage(page.status);
  const isCut = strikes('answers_truncated') !== undefined;
  return {
    answer: isCut ? { ...whole, body: whole.body.slice(0, whole.body.length >> 1) } : whole,
    pace: strikes('answers_trickle'),
    isReset: strikes('answers_reset') !== undefined,
  };
}

/** What a gateway shows browsers. */
function htmlPage(status: number): Answer {
  const title = status === 200 ? 'Please wait' : `${status} Bad Gateway`;
  return {
    status,
    contentType: 'text/html',
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
  };
}
