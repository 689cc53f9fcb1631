/** A place in the sequence of events: all of a commit's events up to this one are known. */
export interface Position {
  readonly commitSeq: number;
  /** Of the last known event within the commit, from 0; infinite when the whole commit is known. */
  readonly index: number;
}

/** The place behind everything of a commit. */
export const afterCommit = (commitSeq: number): Position => ({ commitSeq, index: Number.POSITIVE_INFINITY });

/** The id of an event: `<commit number>.<index within the commit>`. */
export const eventId = ({ commitSeq, index }: Position): string => `${commitSeq}.${index}`;

/** Reads an event's id, or a commit's number alone for the place behind it; null when it is neither. */
export function parsePosition(text: string): Position | null {
  const match = /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return null;
  const [, commitSeq, index] = match;
  return index === undefined ? afterCommit(Number(commitSeq)) : { commitSeq: Number(commitSeq), index: Number(index) };
}
