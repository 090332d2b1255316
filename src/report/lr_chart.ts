/** The picture of a learning-rate range test: loss over the rate, on a logarithmic axis. */
import type { TopLevelSpec } from 'vega-lite';
import { powersOfTen, THEME } from './charts.js';
import type { RangeTest } from '../train/lr_find.js';
import { renderPng, wrapTitle } from './render.js';

const LOSS_COLOR = '#b8cfe0';
const SMOOTHED_COLOR = '#0072B2';
const SUGGESTED_COLOR = '#D55E00';

export async function rangeChart({ points, suggested }: RangeTest, title: string): Promise<Uint8Array> {
  const smoothed = points.map((p) => p.smoothed);
  const [low, high] = [Math.min(...smoothed), Math.max(...smoothed)];
  const margin = 0.08 * (high - low || 1);
  const x = {
    field: 'lr',
    type: 'quantitative',
    scale: { type: 'log', nice: false },
    axis: {
      title: 'learning rate',
      format: '.0e',
      grid: false,
      labelFlush: false,
      values: powersOfTen(points[0].lr, points[points.length - 1].lr),
    },
  };
  // Losses of single batches stray; the smoothed curve decides what is shown.
  const y = {
    type: 'quantitative',
    scale: { domain: [Math.max(0, low - margin), high + margin], nice: false, zero: false },
    axis: { title: 'training loss', tickCount: 6, domain: false, ticks: false, labelPadding: 8 },
  };
  const line = (field: string, color: string, strokeWidth: number): object => ({
    mark: { type: 'line', color, strokeWidth, clip: true },
    encoding: { x, y: { ...y, field } },
  });
  const at = suggested === null ? [] : [{ lr: suggested, text: `suggested: ${suggested.toPrecision(2)}` }];
  const spec = {
    config: THEME,
    padding: 16,
    title: wrapTitle(title, 560, 15),
    width: 560,
    height: 300,
    data: { values: points },
    layer: [
      line('loss', LOSS_COLOR, 1),
      line('smoothed', SMOOTHED_COLOR, 2.5),
      {
        data: { values: at },
        mark: { type: 'rule', color: SUGGESTED_COLOR, strokeWidth: 1.5, strokeDash: [5, 4] },
        encoding: { x },
      },
      {
        data: { values: at },
        mark: { type: 'text', color: SUGGESTED_COLOR, align: 'left', dx: 6, fontSize: 11, y: 10 },
        encoding: { x, text: { field: 'text' } },
      },
    ],
  } as unknown as TopLevelSpec;
  return renderPng(spec);
}
