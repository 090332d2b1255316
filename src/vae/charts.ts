/**
 * The charts of an auto-encoder's training: its losses over the epochs, and its latent space as seen from its widest
 * side.
 */
import type { TopLevelSpec } from 'vega-lite';
import { chartNames } from '../report/chart_text.js';
import { chartTitle, THEME } from '../report/charts.js';
import { epochPanels } from '../report/epoch_panels.js';
import { renderPng, wrapTitle } from '../report/render.js';
import type { Projection } from './pca.js';
import { totalOf, type VaeEpoch } from './trainer.js';

const TITLE_SIZE = 15;
/** 310 and not 3.1e+2. */
const NATS = '.6~g';
/** The most classes that one set of ten colours tells apart. */
const FEW = 10;

/**
 * Reconstruction, KL and total as a PNG, training and validation; the total with each epoch's own beta, as it is
 * minimised.
 */
export function vaeCurvesChart(history: readonly VaeEpoch[], title: string): Promise<Uint8Array> {
  const ofValidation =
    (measure: (e: NonNullable<VaeEpoch['validation']>, beta: number) => number) =>
    (e: VaeEpoch): number | null =>
      e.validation === null ? null : measure(e.validation, e.beta);
  return renderPng({
    config: THEME,
    padding: 16,
    title: wrapTitle(title, 1200, TITLE_SIZE),
    spacing: 36,
    hconcat: epochPanels(history, [
      {
        name: 'Reconstruction, nats',
        train: (e) => e.train.reconstruction,
        validation: ofValidation((v) => v.reconstruction),
        format: NATS,
      },
      { name: 'KL divergence, nats', train: (e) => e.train.kl, validation: ofValidation((v) => v.kl), format: NATS },
      {
        name: 'Total: reconstruction + beta KL',
        train: (e) => totalOf(e.train, e.beta),
        validation: ofValidation(totalOf),
        format: NATS,
      },
    ]),
  } as TopLevelSpec);
}

/** Latent means in their widest plane as a PNG, coloured by class. @param labels (N) class indices. */
export async function latentChart(
  { x, y, shares }: Projection,
  labels: ArrayLike<number>,
  classes: readonly string[],
  title: string,
): Promise<Uint8Array> {
  const { labels: names, note } = await chartNames(classes, 'classes in the order of weft data show');
  const axis = (which: string, share: number | null): object => ({
    title:
      `${which} principal component, ` +
      `${share === null ? 'no variance' : `${(100 * share).toFixed(1)} % of the variance`}`,
    tickCount: 6,
    domain: false,
    ticks: false,
    labelPadding: 8,
  });
  const scale = { zero: false, nice: true };
  return renderPng({
    config: THEME,
    padding: 16,
    title: chartTitle(title, note, 640),
    width: 560,
    height: 480,
    data: { values: Array.from(x, (at, i) => ({ x: at, y: y[i], class: names[labels[i]] })) },
    mark: { type: 'circle', size: 14, opacity: 0.65 },
    encoding: {
      x: { field: 'x', type: 'quantitative', scale, axis: axis('first', shares[0]) },
      y: { field: 'y', type: 'quantitative', scale, axis: axis('second', shares[1]) },
      color: {
        field: 'class',
        type: 'nominal',
        scale: { domain: names, scheme: classes.length <= FEW ? 'category10' : 'tableau20' },
        legend: { title: null, symbolSize: 90, symbolOpacity: 1 },
      },
    },
  } as TopLevelSpec);
}
