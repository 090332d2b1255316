/**
 * The learning-rate range test (Smith: "Cyclical learning rates for training neural networks", 2017): train for some
 * steps while the rate grows exponentially, and watch where the loss falls fastest and where it blows up.
 */
import { manualSeed } from '../kernels/random/random.js';
import type { ImageDataset } from '../data/dataset.js';
import type { Device } from '../device/device.js';
import { DivergedError, UsageError } from '../device/errors.js';
import { worded } from '../text/wording.js';
import { partsOf, type TrainConfig } from './config.js';
import { requireTrainable } from './model.js';
import { prepareImages, prepareStep, releaseStep, startingWeights } from './prepare.js';
import { WholeStep } from './parallel/pieces.js';

/** The loss at one learning rate. */
export interface RangePoint {
  readonly lr: number;
  /** Of the step's batch. */
  readonly loss: number;
  /** Bias-corrected moving average of the losses so far. */
  readonly smoothed: number;
}

/** What the test found. */
export interface RangeTest {
  readonly points: readonly RangePoint[];
  /** Where the smoothed loss falls fastest; null where it never falls. */
  readonly suggested: number | null;
  /** Where the smoothed loss is lowest: too much for training, the upper end of a cycle at most. */
  readonly lowest: number;
  /** The loss blew up before the last step. */
  readonly isStopped: boolean;
}

/** Where a learning-rate range test begins and ends. */
export interface RangeOptions {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly onStep?: (done: number, point: RangePoint) => void;
}

/** Share of the old average that is kept: smooth over about ten steps, as short tests need. */
const SMOOTHING = 0.9;
/** The test ends where the smoothed loss is this many times its lowest. */
const BLOWN_UP = 4;
/** Steps whose average still says little. */
const EARLY = 5;
/** The slope is taken over so many steps on either side. */
const REACH = 3;

/**
 * Trains a fresh model for `steps` steps; nothing of it is kept.
 * @throws UsageError unless 0 < from < to and there are 10 steps or more; DivergedError when the loss blows up at once.
 */
export async function findLearningRate(
  device: Device,
  config: TrainConfig,
  given: ImageDataset,
  { from, to, steps, onStep }: RangeOptions,
): Promise<RangeTest> {
  checkRange({ from, to, steps });
  const { ema: _, swa: __, ...moved } = config; // nothing is measured by averages
  const parts = partsOf(moved);
  requireTrainable(device, parts);
  const pretrained = await startingWeights(parts.model);
  const images = await prepareImages(device, parts, given, pretrained);
  const prepared = prepareStep(device, parts, images, pretrained);
  const { model, optimizer, walk, orderOf, totals, shares } = prepared;
  model.train();
  const step = new WholeStep({ device, step: prepared, shares }, true);
  const perEpoch = Math.max(1, Math.floor(shares.count / shares.batch)); // whole steps
  const points: RangePoint[] = [];
  try {
    manualSeed(device, parts.fit.seed + 1);
    let [average, lowest] = [0, Infinity];
    let order: Uint32Array = new Uint32Array(0);
    for (let i = 0; i < steps; i++) {
      if (i % perEpoch === 0) {
        order = orderOf(i / perEpoch);
        walk.restart(order);
      }
      const lr = from * (to / from) ** (i / (steps - 1));
      optimizer.lr = lr;
      device.write(totals.storage, new Float32Array(3));
      await step.run(i % perEpoch, order);
      const [sum, , count] = await totals.read();
      const loss = sum / count;
      average = SMOOTHING * average + (1 - SMOOTHING) * loss;
      const smoothed = average / (1 - SMOOTHING ** (i + 1));
      if (!Number.isFinite(loss) || (i > EARLY && smoothed > BLOWN_UP * lowest)) break;
      lowest = Math.min(lowest, smoothed);
      points.push({ lr, loss, smoothed });
      onStep?.(i + 1, points[i]);
    }
  } finally {
    step.release();
    releaseStep(prepared);
  }
  if (points.length < 2 * REACH + 2)
    throw new DivergedError(
      `the loss blew up after ${points.length} steps, at a rate of ${(points.at(-1)?.lr ?? from).toPrecision(2)}`,
      { fix: worded`begin with a smaller {from}` },
    );
  return { points, ...suggestRate(points), isStopped: points.length < steps };
}

/** @throws UsageError unless 0 < from < to and there are 10 steps or more. */
export function checkRange({ from, to, steps }: RangeOptions): void {
  if (!(from > 0 && to > from))
    throw new UsageError(`the rate cannot grow from ${from} to ${to}`, { fix: worded`e.g. {from} 1e-6 {to} 1` });
  if (steps < 10)
    throw new UsageError(`${steps} steps are too few to see a slope`, { fix: worded`give {steps} 100 or more` });
}

/** The rate of the steepest fall before the lowest point, over log(rate); null where nothing falls. */
export function suggestRate(points: readonly RangePoint[]): { suggested: number | null; lowest: number } {
  const first = Math.min(EARLY, points.length - 1);
  let bottom = first;
  for (let i = first; i < points.length; i++) if (points[i].smoothed < points[bottom].smoothed) bottom = i;
  let [steepest, slope] = [-1, 0];
  for (let i = first; i <= bottom; i++) {
    const [a, b] = [points[Math.max(0, i - REACH)], points[Math.min(points.length - 1, i + REACH)]];
    const fall = (b.smoothed - a.smoothed) / Math.log(b.lr / a.lr);
    if (fall < slope) [steepest, slope] = [i, fall];
  }
  return { suggested: steepest < 0 ? null : points[steepest].lr, lowest: points[bottom].lr };
}
