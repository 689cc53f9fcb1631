import { COMPONENT_STATES, type PipelineReport } from '@rtp/core';
import { Counter, Gauge, Registry } from 'prom-client';
import type { MetricsView } from './metrics-view.ts';

/** The content type of what `prometheusText` returns. */
export const PROMETHEUS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * Metrics in Prometheus' text format, gathered anew at every scrape. Base units; labels are components, states and parts of
 * the score, never symbols.
 */
export function prometheusText(view: MetricsView, report: PipelineReport | null): Promise<string> {
  const registers = [new Registry()];
  const gauge = (name: string, help: string, value: number | null): void => {
    if (value !== null) new Gauge({ name, help, registers }).set(value);
  };
  const counter = (name: string, help: string, value: number | null): void => {
    if (value !== null) new Counter({ name, help, registers }).inc(value);
  };
  gauge('rtp_health_score', 'Health score, 0 to 100.', view.health.score);
  const parts = new Gauge({
    name: 'rtp_health_score_points',
    help: 'Points of each part of the health score.',
    labelNames: ['part'],
    registers,
  });
  for (const { part, points } of view.health.parts) parts.set({ part }, points);
  gauge(
    'rtp_data_age_seconds',
    'Market time since the newest bar was due; absent while none is owed.',
    view.data_age_seconds,
  );
  gauge('rtp_update_frequency', 'Minutes sealed for every minute of the market.', view.pipeline_stats.update_frequency);
  gauge('rtp_symbols', 'Instruments tracked today.', view.pipeline_stats.symbols_processed);
  addPipeline(report, gauge, counter);
  addComponents(view, registers);
  gauge('rtp_control_events_clients', 'Clients that follow the live events.', view.events.clients);
  const cut = new Counter({
    name: 'rtp_control_events_clients_cut_total',
    help: 'Clients of the live events that were cut off.',
    labelNames: ['reason'],
    registers,
  });
  for (const [reason, count] of Object.entries(view.events.clients_cut)) cut.inc({ reason }, count);
  return (registers[0] as Registry).metrics();
}

type Add = (name: string, help: string, value: number | null) => void;

/** Counters of the pipeline begin at zero with each of its processes. */
function addPipeline(report: PipelineReport | null, gauge: Add, counter: Add): void {
  if (report === null) return;
  const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1_000);
  counter('rtp_pipeline_minutes_sealed_total', 'Minutes sealed.', report.minutesSealed);
  counter('rtp_pipeline_bars_written_total', 'Bars acknowledged by the store.', report.barsWritten);
  counter('rtp_pipeline_corrections_total', 'Bars that the official candle corrected.', report.corrections);
  counter('rtp_pipeline_broker_calls_total', 'Calls to the broker.', report.calls);
  counter('rtp_pipeline_errors_total', 'Calls that failed, and errors of any other kind.', report.errors);
  counter('rtp_pipeline_rate_limited_total', 'Calls that the broker refused for its rate limit.', report.rateLimited);
  gauge('rtp_pipeline_chart_calls_left', 'Chart calls left today.', report.budget.left);
  gauge('rtp_pipeline_grace_seconds', 'Wait after the end of a minute.', report.graceMs / 1_000);
  gauge(
    'rtp_pipeline_seal_to_ack_p50_seconds',
    'From seal to acknowledgement, median.',
    seconds(report.sealToAckP50Ms),
  );
  gauge(
    'rtp_pipeline_seal_to_ack_p99_seconds',
    'From seal to acknowledgement, 99th percentile.',
    seconds(report.sealToAckP99Ms),
  );
}

function addComponents({ components }: MetricsView, registers: Registry[]): void {
  const labelNames = ['component'] as const;
  const state = new Gauge({
    name: 'rtp_component_state',
    help: '1 for the state a component is in, 0 for the others.',
    labelNames: ['component', 'state'],
    registers,
  });
  const restarts = new Counter({
    name: 'rtp_component_restarts_total',
    help: 'Starts after the first.',
    labelNames,
    registers,
  });
  const deaths = new Gauge({
    name: 'rtp_component_deaths',
    help: 'Ends that nobody asked for, among the last hundred kept.',
    labelNames,
    registers,
  });
  const memory = new Gauge({ name: 'rtp_component_pss_bytes', help: 'Proportional set size.', labelNames, registers });
  const cpu = new Gauge({ name: 'rtp_component_cpu_seconds', help: 'CPU time of its process.', labelNames, registers });
  const lag = new Gauge({
    name: 'rtp_component_loop_lag_seconds',
    help: 'Worst event-loop delay lately.',
    labelNames,
    registers,
  });
  for (const line of components) {
    const component = line.name;
    for (const each of COMPONENT_STATES) state.set({ component, state: each }, each === line.state ? 1 : 0);
    restarts.inc({ component }, line.restarts);
    deaths.set({ component }, line.deaths);
    if (line.pss_bytes !== null) memory.set({ component }, line.pss_bytes);
    if (line.cpu_seconds !== null) cpu.set({ component }, line.cpu_seconds);
    if (line.loop_lag_seconds !== null) lag.set({ component }, line.loop_lag_seconds);
  }
}
