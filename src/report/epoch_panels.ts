/** Curves over the epochs, training beside validation: the panels of a Vega-Lite picture. */

/** Blue and vermilion of the colour-blind-safe palette of Okabe and Ito (https://jfly.uni-koeln.de/color/). */
const TRAIN_COLOR = '#0072B2';
const VALIDATION_COLOR = '#D55E00';
/** Wanted number of ticks; the axis also ends on a tick. */
const Y_TICKS = 6;

/** What one panel shows of each epoch. */
export interface EpochPanel<E> {
  readonly name: string;
  readonly train: (epoch: E) => number;
  readonly validation: (epoch: E) => number | null;
  /** The axis ends here at the latest. Default: nowhere. */
  readonly limit?: number;
  /** Of the axis. Default `~g`. */
  readonly format?: string;
}

/** One point of a curve; null makes a gap. */
interface CurvePoint {
  readonly epoch: number;
  readonly series: 'train' | 'validation';
  readonly value: number | null;
}

function finiteOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/**
 * Lower and upper end of an axis that shows all values; never empty, so that one epoch or one value also gives an axis.
 */
function domainOf(points: readonly CurvePoint[], limit: number): [number, number] {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  if (values.length === 0) return [0, 1];
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const margin = low === high ? Math.abs(low) * 0.1 || 0.1 : 0;
  return [low < 0 ? low - margin : Math.max(0, low - margin), Math.min(limit, high + margin)];
}

/**
 * Panels to stand side by side. Values that are not finite are gaps; without any validation value there is only the
 * train line.
 */
export function epochPanels<E extends { readonly epoch: number }>(
  history: readonly E[],
  panels: readonly EpochPanel<E>[],
): object[] {
  const validated = history.some((e) => panels.some((p) => p.validation(e) !== null));
  const epochs = history.map((e) => e.epoch);
  const first = epochs.reduce((a, b) => Math.min(a, b), Infinity);
  const last = epochs.reduce((a, b) => Math.max(a, b), -Infinity);
  const epochDomain = history.length === 0 ? [0, 1] : first === last ? [first - 0.5, last + 0.5] : [first, last];
  return panels.map(({ name, train, validation, limit = Infinity, format = '~g' }) => {
    const points = history.flatMap((e): CurvePoint[] => {
      const point: CurvePoint = { epoch: e.epoch, series: 'train', value: finiteOrNull(train(e)) };
      return validated ? [point, { ...point, series: 'validation', value: finiteOrNull(validation(e)) }] : [point];
    });
    return {
      title: { text: name, fontSize: 12, fontWeight: 'normal', offset: 8, frame: 'group' },
      width: 340,
      height: 240,
      data: { values: points },
      mark: {
        type: 'line',
        strokeWidth: 2,
        invalid: 'break-paths-show-domains',
        point: { filled: true, size: history.length > 60 ? 12 : 36 },
      },
      encoding: {
        x: {
          field: 'epoch',
          type: 'quantitative',
          scale: { domain: epochDomain, nice: false, zero: false },
          axis: { title: 'epoch', format: 'd', tickMinStep: 1, tickCount: 10, grid: false, labelFlush: false },
        },
        y: {
          field: 'value',
          type: 'quantitative',
          scale: { domain: domainOf(points, limit), nice: Y_TICKS, zero: false },
          axis: { title: null, format, tickCount: Y_TICKS, domain: false, ticks: false, labelPadding: 8 },
        },
        color: {
          field: 'series',
          type: 'nominal',
          sort: null,
          scale: validated
            ? { domain: ['train', 'validation'], range: [TRAIN_COLOR, VALIDATION_COLOR] }
            : { domain: ['train'], range: [TRAIN_COLOR] },
          legend: { title: null, orient: 'right', symbolSize: 64 },
        },
      },
    };
  });
}
