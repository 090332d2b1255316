/** What the classifier of a method is given: features, z beside them or alone, and rows that are made up. */
import { repeatClasses } from '../data/tables/class_factors.js';
import { inOrder } from '../vae/batches.js';
import { featureStatistics, standardise } from '../vae/feature_statistics.js';
import { latentConfig, type Cell } from './config.js';
import type { LatentRows } from './latent_head.js';
import { drawnFeatures, latentsOf } from './latents.js';
import type { HeadMethod } from './methods.js';
import type { StoredArrays } from './stage_files.js';
import { ofParts, type Features, type ImbalanceRun, type Parts } from './stages.js';

/** What a classifier is trained, validated and tested on. */
export interface ClassifierRows {
  readonly train: LatentRows;
  readonly validation: LatentRows;
  readonly test: LatentRows;
  /** The rows of an epoch, each as often as it comes. */
  readonly sampled: Uint32Array;
}

type Rows = Parts<LatentRows>;

/** @param isMinority of each class. */
export async function classifierRows(
  run: ImbalanceRun,
  { seed }: Cell,
  method: HeadMethod,
  features: Features,
  isMinority: readonly boolean[],
  folder: string | null,
): Promise<ClassifierRows> {
  const { labels, count } = features.train;
  const factor = isMinority.map((isFew) => (isFew ? method.factor : 1));
  const plain = standardised(features);
  if (method.model === null || folder === null)
    return { ...plain, sampled: repeatClasses(inOrder(count), labels, factor) };
  const config = latentConfig(run.config, method.model);
  if (method.model === 'cvae' && config.kind === 'vae') {
    const { features: made, labels: classes } = await drawnFeatures(
      run,
      { ...config.vae, seed },
      features,
      factor,
      folder,
    );
    const train = { ...plain.train, ...appended(plain.train, made, classes) };
    return { ...plain, train, sampled: inOrder(train.count) };
  }
  const stored = await latentsOf(run, config, seed, features, plain, folder);
  const rows = withLatents(plain, stored, run.config.vae.latent, method.sees === 'xz');
  if (!method.makesUp) return { ...rows, sampled: repeatClasses(inOrder(count), labels, factor) };
  // one row more for each class: the z of its description
  const described = beside(null, stored['classes.mean'].values, stored['classes.logVar'].values, run.config.vae.latent);
  const train = { ...rows.train, ...appended(rows.train, described, inOrder(isMinority.length)) };
  const made = [...labels].flatMap((c) => new Array<number>(factor[c] - 1).fill(count + c));
  return { ...rows, train, sampled: Uint32Array.from([...inOrder(count), ...made]) };
}

/** Features by their training rows' statistics, as the auto-encoder standardises them, without a latent space. */
function standardised(features: Features): Rows {
  const { mean, std } = featureStatistics(features.train);
  return ofParts((part) => ({ ...standardise(features[part], mean, std), latent: 0 }));
}

function appended(
  { features, labels, count }: LatentRows,
  more: Float32Array,
  moreLabels: Uint32Array,
): Pick<LatentRows, 'features' | 'labels' | 'count'> {
  const all = new Float32Array(features.length + more.length);
  all.set(features);
  all.set(more, features.length);
  return { features: all, labels: Uint32Array.from([...labels, ...moreLabels]), count: count + moreLabels.length };
}

/** Rows (x, mean, log-variance); without x where the classifier sees z alone. */
function withLatents(plain: Rows, stored: StoredArrays, latent: number, seesX: boolean): Rows {
  return ofParts((part) => {
    const x = seesX ? plain[part] : null;
    const features = beside(x, stored[`${part}.mean`].values, stored[`${part}.logVar`].values, latent);
    return { ...plain[part], features, latent, width: (x?.width ?? 0) + 2 * latent };
  });
}

function beside(x: LatentRows | null, mean: Float32Array, logVar: Float32Array, latent: number): Float32Array {
  const [count, D] = [mean.length / latent, x?.width ?? 0];
  const width = D + 2 * latent;
  const rows = new Float32Array(count * width);
  for (let n = 0; n < count; n++) {
    if (x !== null) rows.set(x.features.subarray(n * D, (n + 1) * D), n * width);
    rows.set(mean.subarray(n * latent, (n + 1) * latent), n * width + D);
    rows.set(logVar.subarray(n * latent, (n + 1) * latent), n * width + D + latent);
  }
  return rows;
}
