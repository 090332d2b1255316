/** One epoch of training an auto-encoder: what all of them do between two looks at the validation part. */
import { epochOrder } from '../data/sampler.js';
import type { Device } from '../device/device.js';
import { DivergedError, InterruptedError } from '../device/errors.js';
import type { AnyModule } from '../nn/module.js';
import type { Optimizer } from '../optim/optim.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Text } from '../text/wording.js';
import { Pacer } from '../train/pacer.js';
import { requireFiniteNumbers } from '../train/checkpoint/weight_watch.js';
import type { Batches } from './batches.js';

/** What an epoch walks over, and what it tells on the way. */
export interface EpochWalk {
  readonly device: Device;
  readonly train: Batches;
  readonly epochs: number;
  readonly batch: number;
  readonly lr: number;
  /** Of the order. */
  readonly seed: number;
  /** Sums over the images so far, each (); steps add to them. */
  readonly sums: readonly Tensor[];
  /** Models that learn, with their optimizers. */
  readonly learning: readonly (readonly [AnyModule, Optimizer])[];
  readonly pacer: Pacer;
  /** What to do when a number is none. */
  readonly fix: Text;
  /** Asked before every step; a number ends the run. */
  readonly interrupted?: () => 130 | 143 | null;
  readonly onProgress?: (at: Progress) => void;
}

/** Where an epoch stands. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
  /** The sums, per image so far. */
  readonly means: readonly number[];
  readonly perSecond: number;
  /** Seconds until the last epoch ends, at the present speed. */
  readonly eta: number;
}

/**
 * Steps through all batches in the epoch's order. @param total of the means, for messages. @returns the sums per image.
 * @throws InterruptedError, or DivergedError for a sum or a weight that is not a number.
 */
export async function walkEpoch(
  walk: EpochWalk,
  epoch: number,
  step: (batch: number) => void,
  total: (means: readonly number[]) => number,
): Promise<readonly number[]> {
  const { device, train, epochs, batch, lr, sums, pacer } = walk;
  train.restart(epochOrder(train.count, epoch, walk.seed));
  for (const t of sums) device.clear(t.storage);
  const steps = Math.ceil(train.count / batch);
  let means: readonly number[] = sums.map(() => 0);
  pacer.restart();
  for (let i = 0; i < steps; i++) {
    const signal = walk.interrupted?.() ?? null;
    if (signal !== null) throw new InterruptedError(`stopped in epoch ${epoch} after ${i} steps`, signal);
    const size = Math.min(batch, train.count - i * batch);
    await train.load(size);
    step(size);
    if (!pacer.tick() && i + 1 < steps) continue;
    const done = i * batch + size;
    means = (await Promise.all(sums.map((t) => t.item()))).map((sum) => sum / done);
    pacer.waited();
    const where = `in epoch ${epoch}, by step ${i + 1} of ${steps}`;
    requireFiniteLoss(walk, means, `the loss became ${total(means)} ${where}`);
    const perStep = pacer.median();
    const left = steps - i - 1 + (epochs - epoch) * steps;
    const [perSecond, eta] = [(1000 * batch) / perStep, (left * perStep) / 1000];
    walk.onProgress?.({ step: i + 1, steps, means, perSecond, eta });
  }
  for (const [learner, optimizer] of walk.learning)
    await requireFiniteNumbers(learner, optimizer.state(), {
      when: `by the end of epoch ${epoch} (learning rate ${lr})`,
      fix: walk.fix,
    });
  return means;
}

/** @throws DivergedError when a mean is not a number. */
export function requireFiniteLoss(
  { lr, fix }: Pick<EpochWalk, 'lr' | 'fix'>,
  means: readonly number[],
  what: string,
): void {
  if (means.every(Number.isFinite)) return;
  throw new DivergedError(`${what} (learning rate ${lr})`, { fix });
}
