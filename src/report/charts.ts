/** The two pictures of a training run, as Vega-Lite specs: learning curves and the confusion matrix. */
import type { TopLevelSpec } from 'vega-lite';
import { UsageError } from '../device/errors.js';
import { epochPanels } from './epoch_panels.js';
import type { Confusion, EpochMetrics } from '../train/evaluate/metrics.js';
import { chartNames, type ChartNames } from './chart_text.js';
import { CHART_FONT } from './glyphs.js';
import { renderPng, wrapTitle } from './render.js';

/** White to dark blue, ever darker: readable in grey and by the colour-blind. */
const SHARE_COLORS = ['#ffffff', '#c6dbef', '#6baed6', '#2171b5', '#08306b'];

/** Counts are printed in the cells up to this number of classes; beyond it they would not fit. */
const MAX_CLASSES_WITH_TEXT = 20;
/** Beyond this number of classes only every n-th class is named on the axes. */
const MAX_CLASS_LABELS = 100;

const TITLE_SIZE = 15;
const SUBTITLE_SIZE = 11;
/** Wanted side of a matrix without counts, in units. */
const MATRIX_SIDE = 800;

export const THEME: TopLevelSpec['config'] = {
  font: CHART_FONT,
  view: { stroke: null },
  title: {
    anchor: 'start',
    subtitleFontSize: SUBTITLE_SIZE,
    subtitleColor: '#444444',
    subtitlePadding: 6,
    fontSize: TITLE_SIZE,
    fontWeight: 'bold',
    color: '#222222',
    offset: 14,
  },
  axis: {
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelColor: '#444444',
    titleColor: '#444444',
    gridColor: '#e8e8e8',
    labelLimit: 0, // names are cut before, between letters
    domainColor: '#999999',
    tickColor: '#999999',
  },
  legend: {
    labelLimit: 0,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    labelColor: '#444444',
    titleColor: '#444444',
  },
};

/** The powers of ten in a range: what is written on a logarithmic axis. */
export function powersOfTen(from: number, to: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(`1e${first + i}`));
}

/** A title, and below it what the numbers in the chart mean. @param width in units. */
export function chartTitle(title: string, note: string | null, width: number): object {
  return {
    text: wrapTitle(title, width, TITLE_SIZE),
    ...(note === null ? {} : { subtitle: wrapTitle(note, width, SUBTITLE_SIZE) }),
  };
}

/** Loss and accuracy over the epochs, side by side. */
function curvesSpec(history: readonly EpochMetrics[], title: string): TopLevelSpec {
  return {
    config: THEME,
    padding: 16,
    title: wrapTitle(title, 800, TITLE_SIZE),
    spacing: 36,
    hconcat: epochPanels(history, [
      { name: 'Loss', train: (e) => e.trainLoss, validation: (e) => e.valLoss },
      { name: 'Accuracy', train: (e) => e.trainAccuracy, validation: (e) => e.valAccuracy, limit: 1, format: '~%' },
    ]),
  } as TopLevelSpec;
}

/**
 * Rows are true classes, columns predicted ones. Colour is the share of the row on a square-root scale: on a linear one
 * the errors, mostly a few per cent, would be as white as the empty cells.
 */
function confusionSpec(
  confusion: Confusion,
  { labels, note }: ChartNames,
  title: string,
  asShares: boolean,
): TopLevelSpec {
  const n = labels.length;
  const withText = n <= MAX_CLASSES_WITH_TEXT;
  const cells = confusion.flatMap((row, truth) => {
    const total = row.reduce((a, b) => a + b, 0);
    const shown = row.map((count, predicted) => ({ truth, predicted, count, share: total === 0 ? 0 : count / total }));
    return withText ? shown : shown.filter(({ count }) => count > 0); // an empty cell is as white as the page
  });
  const fitting = Math.min(20, MATRIX_SIDE / n);
  // Cells end on whole units, else seams show; cells too small for that are drawn as dots of 2 units, else they would
  // not show.
  const asDots = !withText && fitting < 2;
  const step = withText ? Math.max(34, 56 - 2 * n) : asDots ? fitting : Math.floor(fitting);
  const every = Math.ceil(n / MAX_CLASS_LABELS);
  const axis = {
    values: labels.map((_, i) => i).filter((i) => i % every === 0),
    labelExpr: 'classNames[datum.value]',
    labelFontSize: Math.min(11, Math.max(6, step - 2)),
    labelOverlap: false,
    domain: false,
    ticks: false,
    labelPadding: 6,
  };
  const domain = labels.map((_, i) => i);
  return {
    config: THEME,
    padding: 16,
    title: chartTitle(title, note, Math.max(320, n * step + 200)),
    view: { stroke: withText ? null : '#cccccc' },
    params: [{ name: 'classNames', value: labels }],
    data: { values: cells },
    width: { step },
    height: { step },
    encoding: {
      x: {
        field: 'predicted',
        type: 'ordinal',
        scale: { domain, padding: 0 },
        axis: { ...axis, title: 'predicted class', labelAngle: withText ? -45 : -90, orient: 'bottom' },
      },
      y: { field: 'truth', type: 'ordinal', scale: { domain, padding: 0 }, axis: { ...axis, title: 'true class' } },
    },
    layer: [
      {
        mark: asDots
          ? { type: 'square', size: 4, opacity: 1 }
          : { type: 'rect', stroke: '#e8e8e8', strokeWidth: withText ? 1 : 0 },
        encoding: {
          color: {
            field: 'share',
            type: 'quantitative',
            scale: { type: 'sqrt', domain: [0, 1], range: SHARE_COLORS, interpolate: 'rgb' },
            legend: {
              title: ['share of the', 'true class'],
              format: '.0%',
              values: [0, 0.05, 0.2, 0.5, 1],
              orient: 'right',
              offset: 24,
              gradientLength: 160,
            },
          },
        },
      },
      ...(withText
        ? [
            {
              mark: { type: 'text', fontSize: n > 12 ? 10 : 11 },
              encoding: {
                text: asShares
                  ? {
                      condition: { test: 'datum.count > 0', field: 'share', type: 'quantitative', format: '.0%' },
                      value: '',
                    }
                  : { field: 'count', type: 'quantitative', format: 'd' },
                color: { condition: { test: 'datum.share > 0.4', value: '#ffffff' }, value: '#222222' },
              },
            },
          ]
        : []),
    ],
  } as TopLevelSpec;
}

/**
 * Learning curves as a PNG: loss and accuracy over the epochs, train and validation. Values that are not finite are
 * gaps; without any validation value there is only the train line.
 */
export async function curvesChart(history: readonly EpochMetrics[], title: string): Promise<Uint8Array> {
  return renderPng(curvesSpec(history, title));
}

/**
 * A confusion matrix as a PNG heat map: rows true, columns predicted, colour the share of the row; up to 20 classes
 * with the counts, or the shares themselves. Throws UsageError unless the matrix is square with one name per class.
 */
export async function confusionChart(
  confusion: Confusion,
  classes: readonly string[],
  title: string,
  asShares = false,
): Promise<Uint8Array> {
  if (confusion.length !== classes.length || confusion.some((row) => row.length !== classes.length)) {
    throw new UsageError(
      `[confusionChart] the matrix is not (${classes.length}, ${classes.length}), as the class names ask`,
    );
  }
  return renderPng(
    confusionSpec(confusion, await chartNames(classes, 'rows of confusion_matrix.csv'), title, asShares),
  );
}
