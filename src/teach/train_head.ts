/**
 * Softmax regression on features that stand still. The heads of all folds and the one that is kept are trained at once:
 * their weights stand below each other in one matrix, so that an epoch is one product of all features with it, and each
 * head counts its own pictures only. The problem is convex: they start at zero, and the seed decides the folds alone.
 *
 *     loss of a head = sum_i a_i crossEntropy(W z_i + b, class_i) / sum_i a_i + weightDecay / 2 |W|²
 *
 * z are the standardised features, and a_i is what picture i counts: 0 if it is held back.
 */
import { backward, noGrad } from '../autograd/graph.js';
import * as F from '../autograd/ops/index.js';
import type { Device } from '../device/device.js';
import { DataError, DivergedError, UsageError } from '../device/errors.js';
import { constantValue } from '../nn/init.js';
import { Linear } from '../nn/layers.js';
import { Adam } from '../optim/optim.js';
import { cosineRate } from '../optim/schedules/formulas.js';
import { tensor, type Tensor } from '../tensor/tensor.js';
import { balancedWeights } from '../train/balance.js';
import { dealFolds, type FoldRow, type Folds } from './folds.js';
import { softmaxOf, type Head } from './head.js';
import { likeliest, measureAnswers, type CurvePoint, type HeadOptions, type HeadReport } from './head_report.js';

/** A picture to learn from. */
export interface TaughtRow extends FoldRow {
  /** (D), as `Backbone.features` gives them. */
  readonly features: Float32Array;
}

/** What may be done while something is trained. */
export interface TeachHooks<P> {
  readonly onProgress?: (progress: P) => void;
  /** Ends it with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Waited for between steps, so that an answer may come in between. */
  readonly pause?: () => Promise<void>;
}

/** Where the training of a head stands. */
export interface HeadProgress extends CurvePoint {
  readonly epochs: number;
}

/** The head of all pictures, and what heads like it are worth. */
export interface TrainedHead {
  readonly head: Head;
  readonly report: HeadReport;
  readonly seconds: number;
}

/** Features that hardly ever move are not blown up: no deviation counts less than this share of the mean one. */
const LEAST_DEVIATION = 0.1;

const DEFAULTS = { seed: 0, epochs: 100, lr: 0.01, weightDecay: 0.1, balance: true, folds: 5 };

/** @throws UsageError for settings that no head can be trained with. */
function checkSettings({ epochs, folds, weightDecay }: Required<HeadOptions>): void {
  const isWhole = Number.isInteger(epochs) && Number.isInteger(folds);
  if (!isWhole || epochs < 1 || folds < 2 || !(weightDecay >= 0))
    throw new UsageError(`[teach] ${epochs} epochs, ${folds} folds, weight decay ${weightDecay}`, {
      fix: 'epochs are at least 1, folds at least 2, weight decay is not below 0',
    });
}

interface Standard {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Mean and deviation (D) of all rows. */
function standardOf(rows: readonly TaughtRow[], width: number): Standard {
  const mean = new Float64Array(width);
  const deviation = new Float64Array(width);
  for (const { features } of rows) for (let d = 0; d < width; d++) mean[d] += features[d] / rows.length;
  for (const { features } of rows)
    for (let d = 0; d < width; d++) deviation[d] += (features[d] - mean[d]) ** 2 / rows.length;
  for (let d = 0; d < width; d++) deviation[d] = Math.sqrt(deviation[d]);
  const least = (LEAST_DEVIATION * deviation.reduce((a, b) => a + b, 0)) / width;
  for (let d = 0; d < width; d++) deviation[d] = Math.max(deviation[d], least) || 1;
  return { mean, deviation };
}

/** @throws DataError when there is nothing to be told apart, or nothing to measure with. */
function checkRows(rows: readonly TaughtRow[], classes: readonly string[]): number {
  const counts = new Array<number>(classes.length).fill(0);
  const [width] = rows.map(({ features }) => features.length);
  for (const { class: c, features } of rows) {
    if (!(c in counts) || features.length !== width)
      throw new DataError(
        `[teach] a row of class ${c} with ${features.length} features, of ${classes.length} classes`,
        {
          fix: `give each of the rows one of the classes, and ${width} features`,
        },
      );
    if (!features.every(Number.isFinite))
      throw new DataError(`[teach] the features of a picture of ${classes[c]} are no finite numbers`, {
        fix: 'compute them again; the weights of the network may be broken',
      });
    counts[c]++;
  }
  const few = counts.flatMap((n, c) => (n < 2 ? [`${classes[c]} (${n})`] : []));
  if (classes.length < 2)
    throw new DataError('[teach] there is one class or none: nothing to be told apart', {
      fix: 'add a second class, of anything that is not the first',
    });
  if (few.length > 0)
    throw new DataError(`[teach] too few pictures: ${few.join(', ')}`, { fix: 'give each class two at least' });
  return width;
}

/** What each row counts in each head (N, M), the sums of the heads 1; the last head is that of all rows. */
function sharesOf(rows: readonly TaughtRow[], classes: number, { of, count }: Folds, balance: boolean): Float32Array {
  const heads = count + 1;
  const shares = new Float32Array(rows.length * heads);
  for (let m = 0; m < heads; m++) {
    const seen = rows.flatMap((_, i) => (of[i] === m ? [] : [i]));
    const weights = balancedWeights(
      seen.map((i) => rows[i].class),
      classes,
    );
    const own = seen.map((i) => (balance ? weights[rows[i].class] : 1));
    const total = own.reduce((a, b) => a + b, 0);
    for (const [j, i] of seen.entries()) shares[i * heads + m] = own[j] / total;
  }
  return shares;
}

/** What is known of all folds at one time, from the logits (N, M, C) of all heads. */
function curvePoint(
  epoch: number,
  logits: Float32Array,
  labels: Uint32Array,
  shares: Float32Array,
  { of, count }: Folds,
): CurvePoint {
  const heads = count + 1;
  const classes = logits.length / (labels.length * heads);
  const all = shares.filter((_, i) => i % heads === count);
  const point = { trainLoss: 0, trainAccuracy: 0, heldLoss: 0, heldAccuracy: 0 };
  for (const [i, label] of labels.entries()) {
    for (let m = 0; m < count; m++) {
      const from = (i * heads + m) * classes;
      let sum = 0;
      const best = likeliest(logits, from, classes);
      for (let c = 0; c < classes; c++) sum += Math.exp(logits[from + c] - logits[from + best]);
      const loss = Math.log(sum) + logits[from + best] - logits[from + label];
      const right = Number(best === label);
      if (of[i] === m) {
        point.heldLoss += loss * all[i];
        point.heldAccuracy += right / labels.length;
      } else {
        point.trainLoss += (loss * shares[i * heads + m]) / count;
        point.trainAccuracy += right / (labels.length * (count - 1));
      }
    }
  }
  return { epoch, ...point };
}

/** (N, C): what the head that has not seen a row says of it, from the logits (N, M, C) of all heads. */
function outOfFold(logits: Float32Array, classes: number, { of, count }: Folds): Float32Array {
  const said = new Float32Array(of.length * classes);
  for (const [i, fold] of of.entries()) {
    const from = (i * (count + 1) + fold) * classes;
    said.set(softmaxOf(logits.subarray(from, from + classes)), i * classes);
  }
  return said;
}

/** The last head (C, D) of weights (M C, D) on standardised features, as one on features as they are. */
function foldedHead(weights: Float32Array, biases: Float32Array, classes: number, { mean, deviation }: Standard): Head {
  const width = mean.length;
  const first = biases.length - classes;
  const weight = new Float32Array(classes * width);
  const bias = new Float32Array(classes);
  for (let c = 0; c < classes; c++) {
    let b = biases[first + c];
    for (let d = 0; d < width; d++) {
      const w = weights[(first + c) * width + d] / deviation[d];
      weight[c * width + d] = w;
      b -= w * mean[d];
    }
    bias[c] = b;
  }
  return { width, weight, bias };
}

/**
 * Trains the head of some classes, and measures it out of fold.
 * @param rows in any order; each class at least twice.
 * @throws DataError with fewer than two classes, or two pictures of one; UsageError for settings out of their range;
 * DivergedError when the rate is too large; the signal's reason when it is told to end.
 */
export async function trainHead(
  device: Device,
  rows: readonly TaughtRow[],
  classes: readonly string[],
  options: HeadOptions = {},
  hooks: TeachHooks<HeadProgress> = {},
): Promise<TrainedHead> {
  const settings = { ...DEFAULTS, ...options };
  const { seed, epochs, lr, weightDecay, balance } = settings;
  const started = performance.now();
  checkSettings(settings);
  const D = checkRows(rows, classes);
  const [N, C] = [rows.length, classes.length];
  const folds = dealFolds(rows, C, settings.folds, seed);
  const M = folds.count + 1;
  const shares = sharesOf(rows, C, folds, balance);
  const labels = Uint32Array.from(rows, (row) => row.class);
  const standard = standardOf(rows, D);
  const z = new Float32Array(N * D);
  for (const [i, { features }] of rows.entries())
    for (let d = 0; d < D; d++) z[i * D + d] = (features[d] - standard.mean[d]) / standard.deviation[d];
  const heads = new Linear(D, M * C);
  for (const p of [heads.weight, heads.bias]) if (p !== null) p.init = constantValue(0);
  heads.to(device);
  const optimizer = new Adam(heads, { lr, weightDecay, groups: [{ match: /bias$/, weightDecay: 0 }] });
  const kept = [
    tensor(device, z, { shape: [N, D] }),
    tensor(
      device,
      Uint32Array.from({ length: N * M }, (_, n) => labels[Math.floor(n / M)]),
    ),
    tensor(device, shares),
  ];
  for (const t of kept) device.keep(t.storage);
  const [x, label, share] = kept;
  const forward = (): Tensor => F.reshape(heads.forward(x), [N * M, C]);
  const step = device.capture(() => {
    optimizer.zeroGrad();
    const logits = forward();
    backward(F.sum(F.mul(F.crossEntropy(logits, label, { reduction: 'none' }), share)));
    optimizer.step();
    return logits;
  });
  const curves: CurvePoint[] = [];
  const note = (logits: Float32Array): void => {
    const point = curvePoint(curves.length + 1, logits, labels, shares, folds);
    if (!Number.isFinite(point.trainLoss))
      throw new DivergedError(`[teach] the loss became ${point.trainLoss} in epoch ${point.epoch} (rate ${lr})`, {
        fix: 'use a smaller lr',
      });
    curves.push(point);
    hooks.onProgress?.({ ...point, epochs });
  };
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      hooks.signal?.throwIfAborted();
      optimizer.lr = cosineRate(epoch, epochs, lr, 0);
      const before = (await step().read()) as Float32Array;
      if (epoch > 0) note(before);
      await hooks.pause?.();
    }
    const last = device.step(() => noGrad(forward));
    const logits = (await last.read()) as Float32Array;
    last.release();
    note(logits);
    const [weights, biases] = await Promise.all([heads.weight, heads.bias].map((p) => p?.value.read()));
    const probabilities = outOfFold(logits, C, folds);
    return {
      head: foldedHead(weights as Float32Array, biases as Float32Array, C, standard),
      report: {
        ...measureAnswers(probabilities, labels, C),
        curves,
        probabilities,
        folds: folds.count,
        foldOf: folds.of,
        oneRecording: folds.oneRecording,
        settings,
      },
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    step.release();
    heads.release();
    for (const t of kept) t.release();
  }
}
