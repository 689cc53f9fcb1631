import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { userStateDir } from '@rtp/core';

describe('the folder that all data directories of a user share', () => {
  test('is RTP_STATE_DIR where that is set', () => {
    expect(userStateDir({ RTP_STATE_DIR: '/srv/rtp', XDG_STATE_HOME: '/state', HOME: '/home/a' })).toBe('/srv/rtp');
  });

  test('lies in XDG_STATE_HOME, a relative one aside', () => {
    expect(userStateDir({ XDG_STATE_HOME: '/state', HOME: '/home/a' })).toBe('/state/rtp');
    expect(userStateDir({ XDG_STATE_HOME: 'state', HOME: '/home/a' })).toBe('/home/a/.local/state/rtp');
  });

  test("is in the user's home otherwise", () => {
    expect(userStateDir({ HOME: '/home/a' })).toBe('/home/a/.local/state/rtp');
    expect(userStateDir({})).toBe(join(homedir(), '.local/state/rtp'));
  });
});
