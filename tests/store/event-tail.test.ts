import { describe, expect, test } from '@jest/globals';
import { silentLogger } from '@rtp/core';
import { EventTail, type Listener } from '../../packages/store/src/stream/event-tail.ts';
import type { News } from '../../packages/store/src/stream/read-events.ts';
import type { StreamEvent } from '../../packages/store/src/stream/stream-event.ts';

const commit = (commitSeq: number): News => ({ kind: 'commit', commitSeq, date: '2016-09-30', revised: 0 });
const event = (commitSeq: number, index: number): StreamEvent => ({ commitSeq, index, instrumentId: 1, text: '' });

/** A tail whose commits are read when the test says so, two pages each. */
function tailInHand() {
  const reads: number[] = [];
  const gates: (() => void)[] = [];
  let newest = 7;
  const tail = new EventTail({
    logger: silentLogger,
    newestCommit: () => newest,
    readBetween: () => {
      throw new Error('not asked for here');
    },
    read: async function* ({ commitSeq }) {
      reads.push(commitSeq);
      yield [event(commitSeq, 0)];
      await new Promise<void>((resolve) => gates.push(resolve));
      if (commitSeq === 666) throw new Error('unreadable');
      yield [event(commitSeq, 1)];
    },
  });
  return {
    tail,
    reads,
    announce: (commitSeq: number) => {
      newest = commitSeq;
      tail.announce(commit(commitSeq));
    },
    /** Lets the commit that is being read go on to its end. */
    finish: async () => {
      gates.shift()?.();
      await settled();
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function listener(): Listener & { readonly heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    events: (page) => heard.push(...page.map(({ commitSeq, index }) => `${commitSeq}.${index}`)),
    end: () => heard.push('end'),
  };
}

describe('the tail of events', () => {
  test('reads nothing while nobody listens', async () => {
    const { tail, reads, announce } = tailInHand();
    announce(8);
    await settled();
    expect([reads, tail.head]).toEqual([[], 8]);
  });

  test('reads a commit once for all listeners, and tells in order however fast commits come', async () => {
    const { tail, reads, announce, finish } = tailInHand();
    const [one, two] = [listener(), listener()];
    tail.listen(one);
    tail.listen(two);
    for (const seq of [8, 9, 10]) announce(seq);
    for (let commits = 0; commits < 3; commits += 1) {
      await settled();
      await finish();
    }
    expect(reads).toEqual([8, 9, 10]);
    expect(one.heard).toEqual(['8.0', '8.1', '9.0', '9.1', '10.0', '10.1']);
    expect(two.heard).toEqual(one.heard);
  });

  test('tells who comes while a commit is read of the next one on, and says that it has to read that one itself', async () => {
    const { tail, announce, finish } = tailInHand();
    const [early, late] = [listener(), listener()];
    tail.listen(early);
    announce(8);
    announce(9);
    await settled();
    expect(tail.head).toBe(8);
    tail.listen(late);
    await finish();
    await finish();
    expect(early.heard).toEqual(['8.0', '8.1', '9.0', '9.1']);
    expect(late.heard).toEqual(['9.0', '9.1']);
  });

  test('tells no more to who has left, and goes back to reading nothing', async () => {
    const { tail, reads, announce, finish } = tailInHand();
    const one = listener();
    const leave = tail.listen(one);
    announce(8);
    await settled();
    leave();
    announce(9);
    await finish();
    announce(10);
    await settled();
    expect([one.heard, reads, tail.head]).toEqual([['8.0'], [8], 10]);
  });

  test('ends listeners whose events cannot be read, so that they come back for them', async () => {
    const { tail, announce, finish } = tailInHand();
    const one = listener();
    tail.listen(one);
    announce(666);
    await settled();
    await finish();
    expect(one.heard).toEqual(['666.0', 'end']);
    const two = listener();
    tail.listen(two);
    announce(667);
    await settled();
    await finish();
    expect(two.heard).toEqual(['667.0', '667.1']);
  });
});
