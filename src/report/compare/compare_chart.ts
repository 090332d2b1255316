/**
 * Overlaid learning curves of a comparison: loss above, error below; training left, validation (or test) right, on one
 * scale.
 */
import type { TopLevelSpec } from 'vega-lite';
import { chartNames, type ChartNames } from '../chart_text.js';
import { chartTitle, THEME } from '../charts.js';
import type { FinishedCell } from './comparison.js';
import type { EpochMetrics } from '../../train/evaluate/metrics.js';
import { renderPng, renderSvg } from '../render.js';

/** Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), black last, yellow left out: too pale for lines. */
export const COLORS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'];
/** For lines past the last colour. */
export const DASHES = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 2, 2, 2],
];

interface Point {
  readonly label: string;
  readonly epoch: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Mean, lowest and highest over the seeds of each entry and epoch; values that are none are left out. */
function pointsOf(cells: readonly FinishedCell[], of: (m: EpochMetrics) => number | null): Point[] {
  const at = new Map<string, { label: string; epoch: number; values: number[] }>();
  for (const { label, history } of cells) {
    for (const m of history) {
      const value = of(m);
      if (value === null || !Number.isFinite(value)) continue;
      const key = `${m.epoch} ${label}`;
      const group = at.get(key) ?? { label, epoch: m.epoch, values: [] };
      group.values.push(value);
      at.set(key, group);
    }
  }
  return [...at.values()].map(({ label, epoch, values }) => ({
    label,
    epoch,
    mean: values.reduce((a, b) => a + b, 0) / values.length,
    low: Math.min(...values),
    high: Math.max(...values),
  }));
}

/** In the order of their first cells. */
function labelsOf(cells: readonly FinishedCell[]): string[] {
  return [...new Set(cells.map((c) => c.label))];
}

function spec(given: readonly FinishedCell[], names: ChartNames, title: string, watched: string): TopLevelSpec {
  const { labels, note } = names;
  const own = labelsOf(given);
  const cells = given.map((c) => ({ ...c, label: labels[own.indexOf(c.label)] }));
  const hasBand = new Set(cells.map((c) => c.config.seed)).size > 1;
  const epochs = Math.max(1, ...cells.map((c) => c.history.length));
  const cycle = <T>(list: readonly T[], stride: number): T[] =>
    labels.map((_, i) => list[Math.floor(i / stride) % list.length]);
  const color = {
    field: 'label',
    type: 'nominal',
    sort: null,
    scale: { domain: labels, range: cycle(COLORS, 1) },
    legend: { title: null, orient: 'right', symbolType: 'stroke', symbolStrokeWidth: 3, symbolOpacity: 1 },
  };
  const dash = {
    field: 'label',
    type: 'nominal',
    sort: null,
    scale: { domain: labels, range: cycle(DASHES, COLORS.length) },
    legend: null,
  };
  const row = (name: string, format: string, trained: Point[], validated: Point[]): object => {
    const all = [...trained, ...validated];
    const [low, high] = [Math.min(...all.map((p) => p.low)), Math.max(...all.map((p) => p.high))];
    const margin = 0.05 * (high - low || Math.abs(high) || 1);
    const domain = all.length === 0 ? [0, 1] : [Math.max(0, low - margin), high + margin];
    const panel = (side: string, values: Point[]): object => {
      const x = {
        field: 'epoch',
        type: 'quantitative',
        scale: { domain: epochs === 1 ? [0.5, 1.5] : [1, epochs], nice: false, zero: false },
        axis: {
          title: 'epoch',
          format: 'd',
          tickMinStep: 1,
          tickCount: Math.min(10, epochs),
          grid: false,
          labelFlush: false,
        },
      };
      const y = (field: string): object => ({
        field,
        type: 'quantitative',
        scale: { domain, nice: false, zero: false },
        axis: { title: null, format, tickCount: 6, domain: false, ticks: false, labelPadding: 8 },
      });
      const band = {
        mark: { type: 'area', opacity: 0.15 },
        encoding: { x, y: y('low'), y2: { field: 'high' }, color },
      };
      const line = {
        mark: { type: 'line', strokeWidth: 2, point: { filled: true, size: epochs > 40 ? 8 : 28 } },
        encoding: { x, y: y('mean'), color, strokeDash: dash },
      };
      return {
        title: { text: `${side} ${name}`, fontSize: 12, fontWeight: 'normal', offset: 8, frame: 'group' },
        width: 340,
        height: 230,
        data: { values },
        layer: hasBand ? [band, line] : [line],
      };
    };
    return {
      spacing: 36,
      hconcat: [
        panel('Training', trained),
        ...(validated.length === 0 ? [] : [panel(watched === 'test' ? 'Test' : 'Validation', validated)]),
      ],
    };
  };
  const error = (v: number | null): number | null => (v === null ? null : 1 - v);
  return {
    config: THEME,
    padding: 16,
    title: chartTitle(hasBand ? `${title} (mean and range over the seeds)` : title, note, 760),
    spacing: 28,
    vconcat: [
      row(
        'loss',
        '~g',
        pointsOf(cells, (m) => m.trainLoss),
        pointsOf(cells, (m) => m.valLoss),
      ),
      row(
        'error',
        '~%',
        pointsOf(cells, (m) => error(m.trainAccuracy)),
        pointsOf(cells, (m) => error(m.valAccuracy)),
      ),
    ],
  } as unknown as TopLevelSpec;
}

/** The picture as PNG and as SVG. `watched`: what the right column shows, `validation` or `test`. */
export async function compareChart(
  cells: readonly FinishedCell[],
  title: string,
  watched: string,
): Promise<{ png: Uint8Array; svg: string }> {
  const made = spec(cells, await chartNames(labelsOf(cells), 'entries in the order of report.md'), title, watched);
  return { png: await renderPng(made), svg: await renderSvg(made) };
}
