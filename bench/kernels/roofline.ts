/**
 * The roofline plot: kernels by operations per byte and operations per second, under the two roofs of the adapter, both
 * axes logarithmic (Williams, Waterman, Patterson 2009); and beside it the kernels that only move bytes, by bytes per
 * second.
 */
import type { TopLevelSpec } from 'vega-lite';
import { THEME } from '../../src/report/charts.js';
import { wrapTitle } from '../../src/report/render.js';
import type { BenchDocument, KernelRow } from '../shared/document.js';
import { placeLabels, type PlacedLabel } from './labels.js';
import { number } from '../shared/live_table.js';

const [WIDTH, HEIGHT] = [620, 460];
const ROOF_COLOR = '#444444';
/** Of the colour-blind-safe palette of Okabe and Ito: an op as its launcher runs it, and members of families. */
const COLORS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9'];
/** More bars than this are not read. */
const MAX_BARS = 48;
const MAX_LABEL = 40;

type Measured = KernelRow & { readonly ms: number; readonly gbs: number };

/** 1, 10, 100, … within an axis: names of more would run into each other. */
function decades(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  return Array.from({ length: Math.floor(Math.log10(high) + 1e-9) - first + 1 }, (_, i) => 10 ** (first + i));
}

function powerBelow(x: number): number {
  return 10 ** Math.floor(Math.log10(x));
}

function labelOf(r: KernelRow): string {
  const text = r.variant === 'default' ? r.name : `${r.name} ${r.variant}`;
  return text.length <= MAX_LABEL ? text : `${text.slice(0, MAX_LABEL - 1)}…`;
}

function rooflinePanel(document: BenchDocument & { kind: 'kernels' }, rows: readonly Measured[]): object {
  const { copyGbs, fmaGflops } = document.roofs;
  const points = rows.map((r) => ({
    x: r.flops / r.bytes,
    y: r.flops / r.ms / 1e6,
    label: labelOf(r),
    variant: r.variant.split(' ')[0],
  }));
  const ridge = fmaGflops / copyGbs;
  const xs = [ridge, ...points.map((p) => p.x)];
  const [x0, x1] = [powerBelow(Math.min(...xs) / 1.5), 10 * powerBelow(Math.max(...xs) * 1.5)];
  const lowest = Math.min(fmaGflops, ...points.map((p) => p.y));
  const [y0, y1] = [powerBelow(lowest / 1.5), 1.6 * fmaGflops];
  const start = Math.max(x0, y0 / copyGbs); // where the memory roof enters the picture
  const roof = [
    { x: start, y: start * copyGbs },
    { x: ridge, y: fmaGflops },
    { x: x1, y: fmaGflops },
  ];
  const toPixel = (p: { x: number; y: number }): { x: number; y: number } => ({
    x: (WIDTH * Math.log(p.x / x0)) / Math.log(x1 / x0),
    y: HEIGHT * (1 - Math.log(p.y / y0) / Math.log(y1 / y0)),
  });
  const labels = placeLabels(
    points.map((p) => ({ ...toPixel(p), text: p.label })),
    { width: WIDTH, height: HEIGHT },
    roof.map(toPixel),
  );
  const memory = toPixel({ x: Math.sqrt(start * ridge), y: Math.sqrt(start * ridge) * copyGbs });
  const slope = (-Math.atan(HEIGHT / Math.log(y1 / y0) / (WIDTH / Math.log(x1 / x0))) * 180) / Math.PI;
  const variants = [...new Set(points.map((p) => p.variant))];
  const x = {
    field: 'x',
    type: 'quantitative',
    scale: { type: 'log', domain: [x0, x1], nice: false },
    axis: { title: 'operations per byte', format: '~g', grid: true, values: decades(x0, x1) },
  };
  const y = {
    field: 'y',
    type: 'quantitative',
    scale: { type: 'log', domain: [y0, y1], nice: false },
    axis: { title: 'GFLOP/s', format: '~g', grid: true, values: decades(y0, y1) },
  };
  const pixels = (a: number, b: number): object => ({ x: { value: a }, y: { value: b } });
  const leader = (l: PlacedLabel): object => ({
    data: { values: [{}] },
    mark: { type: 'rule', color: '#bbbbbb', strokeWidth: 0.7 },
    encoding: { ...pixels(l.from.x, l.from.y), x2: { value: l.to.x }, y2: { value: l.to.y } },
  });
  const word = (l: PlacedLabel): object => {
    const isLeft = l.x + l.width <= l.from.x;
    return {
      data: { values: [{}] },
      mark: {
        type: 'text',
        text: l.text,
        align: isLeft ? 'right' : 'left',
        baseline: 'middle',
        fontSize: l.size,
        color: '#333333',
      },
      encoding: pixels(isLeft ? l.x + l.width : l.x, l.y),
    };
  };
  return {
    title: { text: 'Kernels under the roofs', fontSize: 12, fontWeight: 'normal', offset: 8, frame: 'group' },
    width: WIDTH,
    height: HEIGHT,
    layer: [
      { data: { values: roof }, mark: { type: 'line', color: ROOF_COLOR, strokeWidth: 2 }, encoding: { x, y } },
      {
        data: { values: [{}] },
        mark: {
          type: 'text',
          text: `${number(fmaGflops)} GFLOP/s of multiply-adds`,
          align: 'right',
          dy: -8,
          fontSize: 11,
          color: ROOF_COLOR,
        },
        encoding: pixels(WIDTH - 6, toPixel(roof[2]).y),
      },
      {
        data: { values: [{}] },
        mark: {
          type: 'text',
          text: `${number(copyGbs)} GB/s copied`,
          angle: slope,
          dy: -9,
          fontSize: 11,
          color: ROOF_COLOR,
        },
        encoding: pixels(memory.x, memory.y),
      },
      ...labels.filter((l) => l.isFar).map(leader),
      {
        data: { values: points },
        mark: { type: 'point', filled: true, size: 48, opacity: 1 },
        encoding: {
          x,
          y,
          color: {
            field: 'variant',
            type: 'nominal',
            sort: null,
            scale: { domain: variants, range: variants.map((_, i) => COLORS[i % COLORS.length]) },
            legend:
              variants.length > 1 ? { title: null, orient: 'bottom', direction: 'horizontal', symbolSize: 64 } : null,
          },
        },
      },
      ...labels.map(word),
    ],
  };
}

function memoryPanel(document: BenchDocument & { kind: 'kernels' }, rows: readonly Measured[]): object {
  const sorted = [...rows].sort((a, b) => b.gbs - a.gbs);
  const shown = sorted.length <= MAX_BARS ? sorted : sorted.slice(-MAX_BARS);
  const bars = shown.map((r) => ({ name: labelOf(r), gbs: r.gbs, text: number(r.gbs) }));
  const title =
    sorted.length <= MAX_BARS
      ? 'Kernels that move bytes'
      : `Kernels that move bytes: the slowest ${MAX_BARS} of ${sorted.length}`;
  const { copyGbs } = document.roofs;
  const x = {
    field: 'gbs',
    type: 'quantitative',
    scale: { domain: [0, 1.12 * Math.max(copyGbs, ...shown.map((r) => r.gbs))], nice: false },
    axis: { title: `GB/s (the line: ${number(copyGbs)} copied)`, format: '~g', tickCount: 6 },
  };
  const y = {
    field: 'name',
    type: 'nominal',
    sort: null,
    axis: { title: null, labelLimit: 300, domain: false, ticks: false, labelPadding: 6 },
  };
  return {
    title: { text: title, fontSize: 12, fontWeight: 'normal', offset: 8, frame: 'group' },
    width: 300,
    height: { step: 15 },
    data: { values: bars },
    layer: [
      { mark: { type: 'bar', color: COLORS[0], height: 9 }, encoding: { x, y } },
      {
        mark: { type: 'text', align: 'left', dx: 4, fontSize: 10, color: '#333333' },
        encoding: { x, y, text: { field: 'text' } },
      },
      {
        data: { values: [{ gbs: copyGbs }] },
        mark: { type: 'rule', color: ROOF_COLOR, strokeWidth: 2 },
        encoding: { x },
      },
    ],
  };
}

/** The plot of a document: valid rows only; the panel for which there are no rows is left out. */
export function rooflineSpec(document: BenchDocument & { kind: 'kernels' }): TopLevelSpec {
  const rows = document.rows.filter((r): r is Measured => r.ms !== null && r.gbs !== null);
  const [computing, moving] = [rows.filter((r) => r.flops > 0), rows.filter((r) => r.flops === 0)];
  const panels = [
    ...(computing.length > 0 ? [rooflinePanel(document, computing)] : []),
    ...(moving.length > 0 ? [memoryPanel(document, moving)] : []),
  ];
  const title = `${document.engine} on ${document.adapterName}, ${document.date.slice(0, 10)}`;
  return {
    config: THEME,
    padding: 16,
    title: wrapTitle(title, computing.length === 0 ? 480 : moving.length === 0 ? WIDTH : WIDTH + 480, 15),
    spacing: 48,
    resolve: { legend: { color: 'independent' } },
    hconcat: panels,
  } as TopLevelSpec;
}
