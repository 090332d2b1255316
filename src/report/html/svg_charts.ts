/**
 * Small charts as SVG for a page, drawn here: Vega takes a tenth of a second for each, and every run has several. Their
 * colours are the page's, so that they follow its light or dark scheme, or fixed ones for a picture of its own.
 */
import type { ReliabilityBin } from '../../inference/calibration.js';
import { forHtml } from '../../text/html.js';

export interface Paint {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly series: readonly string[];
}

export const PAGE_PAINT: Paint = {
  ink: 'var(--ink)',
  soft: 'var(--soft)',
  line: 'var(--line)',
  series: ['var(--a)', 'var(--b)', 'var(--c)'],
};

/** On white, for a PNG. */
export const PRINT_PAINT: Paint = {
  ink: '#222222',
  soft: '#444444',
  line: '#dddddd',
  series: ['#0072B2', '#D55E00', '#009E73'],
};

const WIDTH = 360;
const HEIGHT = 240;
const LEFT = 56;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 36;
const FONT = 12;

interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** Ends and ticks at 1, 2 or 5 times a power of ten, about `count` of them. */
export function niceAxis(low: number, high: number, count = 5): Axis {
  const span = high - low || Math.abs(high) * 0.2 || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough * 0.999) ?? 10);
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  const end = first === last ? last + 1 : last;
  return {
    low: first * step,
    high: end * step,
    ticks: Array.from({ length: end - first + 1 }, (_, i) => (first + i) * step),
  };
}

function tickText(value: number): string {
  const plain = String(Number(value.toPrecision(6)));
  return plain.length <= 6 ? plain : value.toExponential(1).replace('.0e', 'e');
}

interface Frame {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly svg: string;
}

/** Grid, axes and their numbers. */
function frame(x: Axis, y: Axis, names: readonly [x: string, y: string], paint: Paint, percent: boolean): Frame {
  const [inner, tall] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
  const toX = (v: number): number => LEFT + (inner * (v - x.low)) / (x.high - x.low);
  const toY = (v: number): number => TOP + tall * (1 - (v - y.low) / (y.high - y.low));
  const text = (px: number, py: number, anchor: string, what: string): string =>
    `<text x="${px.toFixed(1)}" y="${py.toFixed(1)}" text-anchor="${anchor}" style="fill:${paint.soft}">` +
    `${forHtml(what)}</text>`;
  const rows = y.ticks.map(
    (v) =>
      `<path d="M${LEFT} ${toY(v).toFixed(1)}H${WIDTH - RIGHT}" style="stroke:${paint.line}"/>` +
      text(LEFT - 6, toY(v) + 4, 'end', percent ? `${Math.round(100 * v)} %` : tickText(v)),
  );
  const columns = x.ticks.map((v) => text(toX(v), HEIGHT - BOTTOM + 16, 'middle', tickText(v)));
  const name = text(LEFT + inner / 2, HEIGHT - 4, 'middle', names[0]);
  return { x: toX, y: toY, svg: [...rows, ...columns, name].join('') };
}

/** The whole picture. @param label what it shows, for those who do not see it. */
function picture(label: string, inside: string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" ` +
    `aria-label="${forHtml(label)}" font-size="${FONT}" ` +
    `font-family="DejaVu Sans, system-ui, sans-serif">${inside}</svg>`
  );
}

export interface Line {
  readonly name: string;
  /** One for each epoch; null is a gap. */
  readonly values: readonly (number | null)[];
}

const DASHES = ['', '6 3', '2 3', '8 3 2 3'];

/** The look of line number n: a colour, and dashes past the last. */
function look(n: number, paint: Paint): string {
  const dash = DASHES[Math.floor(n / paint.series.length) % DASHES.length];
  return `stroke:${paint.series[n % paint.series.length]}${dash === '' ? '' : `;stroke-dasharray:${dash}`}`;
}

/**
 * Lines over epochs, which are counted from 1. Numbers that are not finite are gaps.
 * @param percent the values are shares.
 */
export function lineChart(title: string, lines: readonly Line[], percent: boolean, paint = PAGE_PAINT): string {
  const isShown = (v: number | null): v is number => v !== null && Number.isFinite(v);
  const all = lines.flatMap(({ values }) => values.filter(isShown));
  const [low, high] = all.length === 0 ? [0, 1] : [Math.min(...all), Math.max(...all)];
  const epochs = Math.max(1, ...lines.map(({ values }) => values.length));
  const wide = niceAxis(1, Math.max(2, epochs), 6);
  const whole = wide.ticks.filter((t) => Number.isInteger(t) && t >= 1 && t <= epochs);
  const nice = niceAxis(low === high ? Math.min(0, low) : low, high);
  const y = percent && nice.high > 1 ? { ...nice, high: 1, ticks: nice.ticks.filter((t) => t <= 1 + 1e-9) } : nice;
  const at = frame(
    { low: epochs === 1 ? 0.5 : 1, high: epochs === 1 ? 1.5 : epochs, ticks: [...new Set([1, ...whole])] },
    y,
    ['epoch', title],
    paint,
    percent,
  );
  const drawn = lines.map(({ values }, n) => {
    let [path, isDown] = ['', false];
    const dots: string[] = [];
    for (const [e, v] of values.entries()) {
      if (!isShown(v)) {
        isDown = false;
        continue;
      }
      const [px, py] = [at.x(e + 1).toFixed(1), at.y(v).toFixed(1)];
      path += `${isDown ? 'L' : 'M'}${px} ${py}`;
      isDown = true;
      if (values.length <= 40)
        dots.push(`<circle cx="${px}" cy="${py}" r="3" style="fill:${paint.series[n % paint.series.length]}"/>`);
    }
    return `<path d="${path}" fill="none" stroke-width="2" style="${look(n, paint)}"/>${dots.join('')}`;
  });
  const last = lines.map(({ name, values }) => {
    const value = values.findLast(isShown);
    return value === undefined ? null : `${name} ${percent ? `${(100 * value).toFixed(1)} %` : value.toPrecision(3)}`;
  });
  const words = last.filter((v) => v !== null).join(', ');
  return picture(
    `${title} over ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}; at the end: ${words}`,
    at.svg + drawn.join(''),
  );
}

/** What the lines of a chart are, beside it. */
export function legend(names: readonly string[], paint = PAGE_PAINT): string {
  return names
    .map(
      (name, n) =>
        `<span style="white-space:nowrap"><svg width="22" height="10" viewBox="0 0 22 10" aria-hidden="true">` +
        `<path d="M0 5H22" stroke-width="3" style="${look(n, paint)}"/></svg> ${forHtml(name)}</span>`,
    )
    .join(' &nbsp; ');
}

/**
 * Accuracy over probability, a bar for each bin, beside the diagonal on which they would be equal. A bar is the paler
 * the fewer images it has.
 */
export function reliabilityDiagram(bins: readonly ReliabilityBin[], paint = PAGE_PAINT): string {
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const axis = { low: 0, high: 1, ticks };
  const at = frame(axis, axis, ['probability of the predicted class', 'accuracy'], paint, true);
  const most = Math.max(1, ...bins.map((b) => b.count));
  const bars = bins.flatMap(({ from, to, count, accuracy, confidence }) => {
    if (accuracy === null || confidence === null) return [];
    const [x, w, y] = [at.x(from) + 1, at.x(to) - at.x(from) - 2, at.y(accuracy)];
    const opacity = (0.35 + 0.65 * Math.sqrt(count / most)).toFixed(2);
    return (
      `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${w.toFixed(1)}" height="${(at.y(0) - y).toFixed(1)}" ` +
      `opacity="${opacity}" style="fill:${paint.series[0]}"/>` +
      `<circle cx="${at.x(confidence).toFixed(1)}" cy="${y.toFixed(1)}" r="2.5" style="fill:${paint.ink}"/>`
    );
  });
  const diagonal =
    `<path d="M${at.x(0)} ${at.y(0)}L${at.x(1)} ${at.y(1)}" stroke-width="1.5" stroke-dasharray="5 4" ` +
    `style="stroke:${paint.series[1]}"/>`;
  const shown = bins.filter((b) => b.accuracy !== null);
  const words = shown.map(
    (b) =>
      `${b.count} images of ${(100 * b.from).toFixed(0)} to ${(100 * b.to).toFixed(0)} %: ` +
      `${(100 * (b.accuracy ?? 0)).toFixed(0)} % right`,
  );
  return picture(`Reliability: ${words.join('; ')}`, at.svg + bars.join('') + diagonal);
}
