import type { Health } from '../health.ts';

/** What the control API speaks about: the running scheduler behind it. */
export interface ControlApiSource {
  readonly version: string;
  health(): Health;
  /** Everything known, as plain JSON. */
  status(): Promise<Readonly<Record<string, unknown>>>;
}

export interface RouteAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One route of the control API. */
export interface Route {
  readonly method: 'get';
  readonly path: string;
  readonly summary: string;
  answer(source: ControlApiSource): RouteAnswer | Promise<RouteAnswer>;
}

/** Every route, in the order in which `GET /` lists them. */
export const ROUTES: readonly Route[] = [
  {
    method: 'get',
    path: '/',
    summary: 'What this is and its routes',
    answer: ({ version }) => ({
      status: 200,
      body: {
        name: 'RTP control API',
        description: 'State of the real-time NSE market data pipeline',
        version,
        routes: ROUTES.map(({ method, path, summary }) => ({ method: method.toUpperCase(), path, summary })),
      },
    }),
  },
  {
    method: 'get',
    path: '/status',
    summary: 'Everything: market, scheduler, pipeline, store, coverage, components',
    answer: async (source) => ({ status: 200, body: await source.status() }),
  },
  {
    method: 'get',
    path: '/health',
    summary: '200 when healthy, 503 when not, with the reasons',
    answer: (source) => {
      const { status, reasons } = source.health();
      return { status: status === 'healthy' ? 200 : 503, body: { status, reasons } };
    },
  },
];
