import type { PipelineReport } from '@rtp/core';
import type { z } from 'zod';
import type { Health } from '../health.ts';
import type { Operations } from '../operations/operations.ts';
import type { EventStreams } from './event-stream.ts';
import type { MetricsView } from './metrics-view.ts';

/** What the control API speaks about: the running scheduler behind it. */
export interface ControlApiSource {
  readonly version: string;
  health(): Health;
  /** Everything known, as plain JSON. */
  status(): Promise<Readonly<Record<string, unknown>>>;
  /** The metrics, and the pipeline's report behind them; null when there is none. */
  metrics(): { readonly view: MetricsView; readonly report: PipelineReport | null };
  /** The told part of the configuration. */
  config(): Readonly<Record<string, unknown>>;
  readonly operations: Operations;
  /** Longest that a request may wait for its operation, real ms. */
  readonly waitMaxMs: number;
  readonly streams: EventStreams;
}

/** A request as its route needs it; query and body are of the route's schemas. */
export interface RouteRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Who asks, for people. */
  readonly by: string;
  /** Whether the client prefers text to JSON. */
  readonly prefersText: boolean;
}

export interface RouteAnswer {
  readonly status: number;
  /** JSON; or text, with its content type. */
  readonly body: unknown;
  readonly type?: string;
}

/** What a status of a route means. */
export interface AnswerSpec {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Beside or instead of JSON. */
  readonly textType?: string;
}

/** One route of the control API. */
export interface Route {
  readonly method: 'get' | 'post';
  /** With `{name}` for a parameter. */
  readonly path: string;
  readonly summary: string;
  /** Whether the token is needed on loopback too. */
  readonly needsToken: boolean;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  /** `events` is served as a stream. */
  readonly answer: 'events' | ((source: ControlApiSource, request: RouteRequest) => RouteAnswer | Promise<RouteAnswer>);
}
