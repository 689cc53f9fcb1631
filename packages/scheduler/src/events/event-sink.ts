/** The kinds of live events, the `event:` names of `GET /events`. */
export const EVENT_KINDS = [
  /** A component changed its state. */
  'component',
  /** The wanted state of the pipeline, or its reason, changed. */
  'wish',
  /** An operation asked for over the Control API began or ended. */
  'operation',
  /** A recurring job ended. */
  'job',
  /** A step against bad health was taken, or health is back. */
  'recovery',
  'alert',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Where the parts of the scheduler say what happened; plain JSON, keys in snake_case, instants as ISO 8601 with the IST offset. */
export interface EventSink {
  publish(kind: EventKind, data: Readonly<Record<string, unknown>>): void;
}
