/** A chart as inline SVG: colours and fonts come from the page's style, so that it is read in the light, in the dark and on paper. */
import { IST_OFFSET_MS, istTimeOf, MINUTE_MS } from '@rtp/core';
import type { ChartBlock, ChartSeries, TimeAxis } from './document.ts';
import { escapeXml } from './escape-xml.ts';

const WIDTH = 760;
const HEIGHT = 220;
const LEFT = 70;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 26;
const LINES = 4;
const PLOT = { width: WIDTH - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM };
/** Minutes between two ticks of the time axis, the first that leaves room for the words. */
const TICK_MINUTES = [1, 5, 10, 15, 30, 60, 120, 240];
const MAX_TICKS = 9;
/** A line is not drawn over a gap of so many times the usual distance between two values. */
const GAP_FACTOR = 4;
const COLUMN_SHARE = 0.7;
/** Colours of the style; the ninth series takes the first again. */
export const COLOURS = 8;

export function svgChart(chart: ChartBlock): string {
  const scale = niceScale(topOf(chart));
  const y = (value: number): number => TOP + PLOT.height * (1 - value / scale.top);
  const body = chart.x.kind === 'time' ? overTime(chart, chart.x, y) : columns(chart, y);
  const grid = scale.ticks.map((value) => {
    const at = rounded(y(value));
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/><text class="tick" x="${LEFT - 6}" y="${rounded(y(value) + 4)}" text-anchor="end">${escapeXml(chart.valueText(value))}</text>`;
  });
  const label = escapeXml(`${chart.title}: ${chart.series.map(({ name }) => name).join(', ')}`);
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${grid.join('')}${body}</svg>`;
}

function topOf({ series, shape }: ChartBlock): number {
  const places = series[0]?.values.length ?? 0;
  const at = (place: number): number => {
    const values = series.map(({ values: of }) => of[place] ?? 0);
    return shape === 'lines' ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0);
  };
  return Array.from({ length: places }, (_, place) => at(place)).reduce((max, value) => Math.max(max, value), 0);
}

/** From nothing to a round number that is not below `top`. */
function niceScale(top: number): { readonly top: number; readonly ticks: readonly number[] } {
  const rough = (top > 0 ? top : 1) / LINES;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((of) => of * power).find((of) => of >= rough) ?? rough;
  const count = Math.max(1, Math.ceil((top > 0 ? top : 1) / step - 1e-9));
  return { top: step * count, ticks: Array.from({ length: count + 1 }, (_, at) => at * step) };
}

function overTime(chart: ChartBlock, { times }: TimeAxis, y: (value: number) => number): string {
  const from = times[0] ?? 0;
  const span = Math.max(MINUTE_MS, (times.at(-1) ?? 0) - from);
  const x = (time: number): number => LEFT + (PLOT.width * (time - from)) / span;
  const minutes = TICK_MINUTES.find((of) => span / (of * MINUTE_MS) < MAX_TICKS) ?? TICK_MINUTES.at(-1)!;
  const step = minutes * MINUTE_MS;
  const first = Math.ceil((from + IST_OFFSET_MS) / step) * step - IST_OFFSET_MS;
  const ticks = Array.from({ length: Math.floor((from + span - first) / step) + 1 }, (_, at) => first + at * step);
  const marks = ticks.map(
    (time) =>
      `<text class="tick" x="${rounded(x(time))}" y="${HEIGHT - 6}" text-anchor="middle">${istTimeOf(time).slice(0, 5)}</text>`,
  );
  const drawn = chart.shape === 'areas' ? areas(chart.series, times, x, y) : lines(chart.series, times, x, y);
  return marks.join('') + drawn;
}

type Place = (value: number) => number;

function lines(series: readonly ChartSeries[], times: readonly number[], x: Place, y: Place): string {
  const limit = gapLimit(times);
  return series
    .map(({ values }, at) => {
      let path = '';
      let before: number | null = null;
      values.forEach((value, place) => {
        const time = times[place]!;
        if (value !== null) {
          const isJoined = before !== null && time - before <= limit;
          // A point of its own is a line of no length with round ends.
          path += `${isJoined ? 'L' : 'M'}${rounded(x(time))} ${rounded(y(value))}${isJoined ? '' : 'h0'}`;
        }
        before = value === null ? null : time;
      });
      return `<path class="line c${at % COLOURS}" d="${path}"/>`;
    })
    .join('');
}

/** Areas on top of each other; what is not known is nothing. */
function areas(series: readonly ChartSeries[], times: readonly number[], x: Place, y: Place): string {
  let floor = times.map(() => 0);
  const drawn = series.map(({ values }, at) => {
    const roof = floor.map((below, place) => below + (values[place] ?? 0));
    const edge = (of: readonly number[]): string[] =>
      of.map((value, place) => `${rounded(x(times[place]!))} ${rounded(y(value))}`);
    const path = `M${edge(roof).join('L')}L${edge(floor).reverse().join('L')}Z`;
    floor = roof;
    return `<path class="area c${at % COLOURS}" d="${path}"/>`;
  });
  return drawn.join('');
}

function columns(chart: ChartBlock, y: Place): string {
  const names = chart.x.kind === 'category' ? chart.x.names : [];
  const room = PLOT.width / Math.max(1, names.length);
  const width = room * COLUMN_SHARE;
  const left = (place: number): number => LEFT + room * place + (room - width) / 2;
  const marks = names.map(
    (name, place) =>
      `<text class="tick" x="${rounded(left(place) + width / 2)}" y="${HEIGHT - 6}" text-anchor="middle">${escapeXml(name)}</text>`,
  );
  const floor = names.map(() => 0);
  const bars = chart.series.map(({ values }, at) =>
    values
      .map((value, place) => {
        if (value === null) return '';
        const below = floor[place]!;
        floor[place] = below + value;
        const top = y(below + value);
        return `<rect class="area c${at % COLOURS}" x="${rounded(left(place))}" y="${rounded(top)}" width="${rounded(width)}" height="${rounded(y(below) - top)}"/>`;
      })
      .join(''),
  );
  return marks.join('') + bars.join('');
}

function gapLimit(times: readonly number[]): number {
  const gaps = times.slice(1).map((time, at) => time - times[at]!);
  const usual = gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? MINUTE_MS;
  return usual * GAP_FACTOR;
}

const rounded = (value: number): string => String(Math.round(value * 10) / 10);
