/** Whether the learning rate suits: how far steps move the weights, and what a range test says where that is odd. */
import type { ImageDataset } from '../data/dataset.js';
import type { Device } from '../device/device.js';
import { DivergedError } from '../device/errors.js';
import { worded } from '../text/wording.js';
import type { Checkpoint } from '../train/checkpoint/checkpoint.js';
import type { EpochMetrics } from '../train/evaluate/metrics.js';
import { findLearningRate } from '../train/lr_find.js';
import type { Finding } from './finding.js';
import { guessingLoss } from './history.js';
import type { WeightFigures } from './layers.js';

/** A step that moves the weights by more, or less, than this share of them is looked at (median of the layers). */
export const UPDATES = { high: 3e-2, low: 1e-3 } as const;
/** The rate is too high above so many times the one that the range test suggests, too low below this share of it. */
const BEYOND = 5;
/** The same where a layer is dead: a second sign that steps were too long. */
const BEYOND_DEAD = 1;
const SHORT = 1 / 20;
/** Steps of a range test. */
const STEPS = 50;
/** Rates that it goes through, as shares of the run's. */
const RANGE = [1e-3, 1e4] as const;
/** Numbers that go through the network in it, at most: bounds its time. */
const NUMBERS = 2 ** 24;

/**
 * Whether the rate is worth a range test: the loss blew up, rises or is that of guessing, or steps move the weights by
 * unusually much or little.
 */
export function isSuspicious(history: readonly EpochMetrics[], median: number, chance: number | null): boolean {
  const [first, last] = [history[0], history[history.length - 1]];
  const lowest = Math.min(...history.map((m) => m.trainLoss));
  const isGuess = chance !== null && (first.trainLoss > 1.1 * chance || last.trainLoss > 0.95 * chance);
  return isGuess || last.trainLoss > 1.05 * lowest || median > UPDATES.high || median < UPDATES.low;
}

export const medianUpdate = (weights: readonly WeightFigures[]): number =>
  weights.map((w) => w.update).sort((a, b) => a - b)[Math.floor(weights.length / 2)] ?? 0;

/**
 * @param weights figures of those that learn. @param hasDead the units of a layer are dead: steps were too long once.
 */
export async function rateFindings(
  device: Device,
  { header }: Checkpoint,
  train: ImageDataset,
  weights: readonly WeightFigures[],
  hasDead: boolean,
): Promise<Finding[]> {
  const { config, progress, input } = header;
  const { history } = progress;
  const lr = Math.max(config.lr, ...history.map((m) => m.lr));
  const median = medianUpdate(weights);
  if (lr === 0 || history.length === 0) return [];
  if (!hasDead && !isSuspicious(history, median, guessingLoss(config, input.classes))) return [];
  const each = input.channels * input.height * input.width * config.batch;
  const steps = Math.max(10, Math.min(STEPS, Math.floor(NUMBERS / each)));
  const { schedule: _, ...plain } = config;
  const test = await findLearningRate(device, { ...plain, lr }, train, {
    from: lr * RANGE[0],
    to: lr * RANGE[1],
    steps,
  }).catch((error: unknown) => {
    if (error instanceof DivergedError) return null;
    throw error;
  });
  const [lowest, suggested] = [test?.lowest ?? 0, test?.suggested ?? null];
  const numbers = { lr, median, lowest, suggested: suggested ?? 0 };
  const [first, last] = [history[0], history[history.length - 1]];
  const measured =
    `a step moves the weights by ${median.toExponential(1)} of their size (median of the layers), training loss ` +
    `${first.trainLoss.toFixed(3)} in the first epoch, ${last.trainLoss.toFixed(3)} in the last; in a range test of ` +
    `${steps} steps the loss falls fastest at a rate of ${(suggested ?? 0).toPrecision(2)} and is lowest at ` +
    `${lowest.toPrecision(2)}; the run has ${lr}`;
  const isHigh = suggested === null ? test === null || lr > lowest : lr > (hasDead ? BEYOND_DEAD : BEYOND) * suggested;
  if (isHigh)
    return [
      {
        check: 'rate-too-high',
        severity: 'problem',
        title: 'the learning rate is too high',
        evidence: measured,
        meaning: 'steps jump over what they should find: the loss is noisy, rises, or stays at that of guessing',
        advice: worded`{lr} ${(suggested ?? lowest / 10).toPrecision(1)} (weft lr-find draws the test), or warm-up
          with {schedule} warmup-cosine`,
        numbers,
      },
    ];
  if (suggested !== null && lr < SHORT * suggested)
    return [
      {
        check: 'rate-too-low',
        severity: 'problem',
        title: 'the learning rate is too low',
        evidence: measured,
        meaning: 'the weights hardly move: the loss would go on falling for many epochs more',
        advice: worded`{lr} ${suggested.toPrecision(1)} (weft lr-find draws the test)`,
        numbers,
      },
    ];
  return [];
}
