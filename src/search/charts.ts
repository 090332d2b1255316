/** Pictures of a search: what was tried, and how far each trial went. */
import type { TopLevelSpec } from 'vega-lite';
import { THEME } from '../report/charts.js';
import { renderPng, renderSvg, wrapTitle } from '../report/render.js';
import type { EpochMetrics } from '../train/evaluate/metrics.js';
import type { Drawn } from './space.js';

/** A trial, as the pictures show it. */
export interface ShownTrial {
  readonly number: number;
  readonly drawn: Drawn;
  /** The last rung that it was measured at; -1: it diverged before. */
  readonly rung: number;
  /** Its best validation accuracy; null: it diverged. */
  readonly accuracy: number | null;
  readonly history: readonly EpochMetrics[];
}

interface Picture {
  readonly png: Uint8Array;
  readonly svg: string;
}

async function render(spec: TopLevelSpec): Promise<Picture> {
  return { png: await renderPng(spec), svg: await renderSvg(spec) };
}

const accuracyOf = ({ accuracy }: ShownTrial): number => accuracy ?? 0;

/** The colours from the worst trial to the best. */
function color(trials: readonly ShownTrial[]): object {
  const values = trials.map(accuracyOf).filter((a) => a > 0);
  return {
    field: 'accuracy',
    type: 'quantitative',
    scale: { scheme: 'viridis', domain: [Math.min(...values, 1), Math.max(...values, 0)], clamp: true, reverse: true },
    legend: { type: 'gradient', title: 'validation accuracy', format: '.1%', orient: 'right', gradientLength: 160 },
  };
}

interface Axis {
  readonly name: string;
  /** Where a value stands, 0 to 1. */
  readonly place: (value: string | number | boolean) => number;
  /** Words beside the axis. */
  readonly marks: readonly { readonly at: number; readonly text: string }[];
}

/** Numbers over more than a hundredfold range stand by their logarithms; words in the order in which they appear. */
function axisOf(name: string, values: readonly (string | number | boolean)[]): Axis {
  const numbers = values.filter((v) => typeof v === 'number');
  if (numbers.length < values.length || new Set(values).size <= 4) {
    const kinds = [...new Set(values)].sort((a, b) => Number(a) - Number(b));
    const at = (i: number): number => (kinds.length < 2 ? 0.5 : i / (kinds.length - 1));
    return {
      name,
      place: (v) => at(kinds.indexOf(v)),
      marks: kinds.map((kind, i) => ({ at: at(i), text: String(kind) })),
    };
  }
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const scale = low > 0 && high / low > 100 ? Math.log : (v: number): number => v;
  const place = (v: string | number | boolean): number =>
    high === low ? 0.5 : (scale(Number(v)) - scale(low)) / (scale(high) - scale(low));
  return { name, place, marks: [low, high].map((v) => ({ at: place(v), text: String(Number(v.toPrecision(3))) })) };
}

/** Words beside an axis, on a white edge that keeps lines away from them. */
function words(values: readonly object[], place: object): object[] {
  const mark = { type: 'text', align: 'right', dx: -6, fontSize: 11 };
  return [{ stroke: 'white', strokeWidth: 5, strokeJoin: 'round' }, {}].map((edge) => ({
    data: { values },
    mark: { ...mark, ...edge },
    encoding: { ...place, text: { field: 'text' } },
  }));
}

/** Parallel coordinates: an axis for each option, a line for each trial; the best are drawn last. */
export function parallelChart(
  trials: readonly ShownTrial[],
  varied: readonly string[],
  title: string,
): Promise<Picture> {
  const axes = varied.map((name) =>
    axisOf(
      name,
      trials.flatMap((t) => t.drawn[name] ?? []),
    ),
  );
  const width = Math.max(360, 150 * axes.length);
  const sorted = [...trials].sort((a, b) => accuracyOf(a) - accuracyOf(b));
  const values = sorted.flatMap((t, order) =>
    axes.flatMap(({ name, place }, x) => {
      const value = t.drawn[name];
      return value === undefined ? [] : [{ trial: order, x, y: place(value), accuracy: accuracyOf(t) }];
    }),
  );
  const x = {
    field: 'x',
    type: 'quantitative',
    scale: { domain: [-0.3, axes.length - 0.5], nice: false },
    axis: null,
  };
  const y = { field: 'y', type: 'quantitative', scale: { domain: [-0.08, 1.16], nice: false }, axis: null };
  return render({
    config: THEME,
    padding: 16,
    title: wrapTitle(title, width, 15),
    width,
    height: 300,
    layer: [
      {
        data: { values: axes.map((_, i) => ({ x: i })) },
        mark: { type: 'rule', color: '#999999' },
        encoding: { x, y: { datum: 0, type: 'quantitative', scale: y.scale, axis: null }, y2: { datum: 1 } },
      },
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 1.6, opacity: 0.85 },
        encoding: { x, y, detail: { field: 'trial' }, color: color(trials) },
      },
      ...words(
        axes.flatMap(({ marks }, i) => marks.map(({ at, text }) => ({ x: i, y: at, text }))),
        { x, y },
      ),
      {
        data: { values: axes.map(({ name }, i) => ({ x: i, y: 1.1, text: name })) },
        mark: { type: 'text', fontWeight: 'bold', fontSize: 12 },
        encoding: { x, y, text: { field: 'text' } },
      },
    ],
  } as unknown as TopLevelSpec);
}

/** Best validation accuracy so far over epochs, a line for each trial; dotted lines where the rungs are. */
export function rungChart(trials: readonly ShownTrial[], rungs: readonly number[], title: string): Promise<Picture> {
  const values = [...trials]
    .sort((a, b) => accuracyOf(a) - accuracyOf(b))
    .flatMap((t, trial) => {
      let best = 0;
      return t.history.map((h) => {
        best = Math.max(best, h.valAccuracy ?? 0);
        return { trial, epoch: h.epoch, best, accuracy: accuracyOf(t) };
      });
    });
  const [low, high] = [Math.min(...values.map((v) => v.best), 1), Math.max(...values.map((v) => v.best), 0)];
  const x = {
    field: 'epoch',
    type: 'quantitative',
    scale: { type: 'log', domain: [0.9, (rungs.at(-1) ?? 1) * 1.15], nice: false },
    axis: { title: 'epochs', values: [...rungs], format: 'd', grid: false, labelFlush: false },
  };
  const y = {
    field: 'best',
    type: 'quantitative',
    scale: { domain: [low, high + 0.02 * (high - low || 1)], nice: true },
    axis: { title: 'best validation accuracy so far', format: '~%', tickCount: 6 },
  };
  return render({
    config: THEME,
    padding: 16,
    title: wrapTitle(title, 480, 15),
    width: 480,
    height: 320,
    layer: [
      {
        data: { values: rungs.map((epoch) => ({ epoch })) },
        mark: { type: 'rule', color: '#bbbbbb', strokeDash: [2, 3] },
        encoding: { x },
      },
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 1.6, opacity: 0.85, point: { size: 22 }, clip: true },
        encoding: { x, y, detail: { field: 'trial' }, color: color(trials) },
      },
    ],
  } as unknown as TopLevelSpec);
}
