import { describe, expect, test } from '@jest/globals';
import { coreErrors, defineErrors, describeError, exitCodeOf, RtpError } from '@rtp/core';

const errors = defineErrors({
  RTP_PLAIN: { summary: 'Something.', fix: 'Mend it.' },
  RTP_BUSY: { summary: 'Busy.', fix: 'Wait.', exitCode: 75, status: 503 },
});

describe('an error of a table', () => {
  test('carries code, words, fix, exit code and status', () => {
    const cause = new Error('below');
    const error = errors.create('RTP_BUSY', 'The store is busy.', { cause });
    expect(error).toBeInstanceOf(RtpError);
    expect(error).toMatchObject({
      name: 'RtpError',
      code: 'RTP_BUSY',
      message: 'The store is busy.',
      fix: 'Wait.',
      exitCode: 75,
      status: 503,
      cause,
    });
  });

  test('has defaults: exit code 1, status 500, no cause', () => {
    const error = errors.create('RTP_PLAIN', 'x');
    expect([error.exitCode, error.status]).toEqual([1, 500]);
    expect('cause' in error).toBe(false);
  });

  test('takes a fix of its own', () => {
    expect(errors.create('RTP_PLAIN', 'x', { fix: 'Mend that.' }).fix).toBe('Mend that.');
  });
});

describe('words and exit codes of anything thrown', () => {
  test('follow the chain of causes', () => {
    const cause = new Error('EACCES', { cause: 'the disk' });
    expect(describeError(errors.create('RTP_BUSY', 'Busy.', { cause }))).toBe('RTP_BUSY: Busy. (EACCES (the disk))');
    expect(describeError(new TypeError(''))).toBe('TypeError');
    expect(describeError(7)).toBe('7');
  });

  test('are 1 for the unexpected', () => {
    expect(exitCodeOf(errors.create('RTP_BUSY', 'x'))).toBe(75);
    expect(exitCodeOf(new Error('x'))).toBe(1);
    expect(exitCodeOf(undefined)).toBe(1);
  });
});

test('every error of core says in full sentences what happened and what to do', () => {
  for (const [code, spec] of Object.entries(coreErrors.specs)) {
    expect(code).toMatch(/^RTP_[A-Z_]+$/);
    for (const words of [spec.summary, spec.fix]) expect(words).toMatch(/^[A-Z`].*\.$/);
  }
});
