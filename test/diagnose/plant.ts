/** Faults planted into runs on drawn garments, and healthy runs: what a diagnosis must find, and must not. */
import type { DatasetSplits, HeldDataset } from '../../src/data/dataset.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { hostRandom } from '../../src/data/host_random.js';
import type { Device } from '../../src/device/device.js';
import { diagnose, type Diagnosis } from '../../src/diagnose/diagnose.js';
import type { CheckName } from '../../src/diagnose/finding.js';
import { readCheckpoint, type Checkpoint } from '../../src/train/checkpoint/checkpoint.js';
import type { TrainConfig } from '../../src/train/config.js';
import { train } from '../../src/train/trainer.js';
import { CONFIG, inRun } from '../train/fixtures.js';

export interface HeldSplits extends DatasetSplits<HeldDataset> {
  readonly test: HeldDataset;
}

/** A run, and what is wrong with it. */
export interface Case {
  readonly name: string;
  /** What must be found; null: nothing but notes. */
  readonly fault: CheckName | null;
  readonly config: Partial<TrainConfig>;
  /** The data that it is trained on. */
  readonly alter?: (splits: HeldSplits) => HeldSplits;
  /** What becomes of its checkpoints. */
  readonly spoil?: (checkpoint: Checkpoint) => Checkpoint;
}

/** Batch norms keep what they began with: mean 0 and variance 1. */
export function forgetStatistics(checkpoint: Checkpoint): Checkpoint {
  const tensors = new Map(checkpoint.tensors);
  for (const [key, t] of tensors) {
    const value = key.endsWith('.running_mean') ? 0 : key.endsWith('.running_var') ? 1 : null;
    if (value === null) continue;
    const numbers = new Float32Array(t.data.byteLength / 4).fill(value);
    tensors.set(key, { ...t, data: new Uint8Array(numbers.buffer) });
  }
  return { ...checkpoint, tensors };
}

/** The test part with black and white exchanged. */
export function invertTest({ train: own, test }: HeldSplits): HeldSplits {
  return { train: own, test: { ...test, images: test.images.map((v) => 255 - v) } };
}

/** The label of one class changes place with that of images of all others. */
export function shuffleClass({ train: own, test }: HeldSplits, c = 5): HeldSplits {
  const labels = own.labels.slice();
  const order = hostRandom(3).shuffle(Uint32Array.from({ length: own.count }, (_, i) => i));
  const others = [...order].filter((i) => own.labels[i] !== c);
  for (const [k, i] of [...order].filter((n) => own.labels[n] === c).entries())
    [labels[i], labels[others[k]]] = [labels[others[k]], c];
  return { train: { ...own, labels }, test };
}

/** A tenth of the test images take the places of training images. */
export function copyTest({ train: own, test }: HeldSplits): HeldSplits {
  const [images, labels] = [own.images.slice(), own.labels.slice()];
  const count = Math.ceil(test.count / 10);
  images.set(test.images.subarray(0, (count * test.images.length) / test.count));
  labels.set(test.labels.subarray(0, count));
  return { train: { ...own, images, labels }, test };
}

export function garments(count: { readonly train: number; readonly test: number }): HeldSplits {
  const { train: own, test } = syntheticGarments({ ...count, seed: 1 });
  if (test === null) throw new Error('no test part');
  return { train: own, test };
}

/** Trains a case and diagnoses it. */
export async function diagnosed(device: Device, given: HeldSplits, { config, alter, spoil }: Case): Promise<Diagnosis> {
  const splits = alter?.(given) ?? given;
  return inRun(async (files) => {
    await train(device, { ...CONFIG, ...config }, splits.train, files, { test: splits.test });
    const [checkpoint, last] = (await Promise.all([files.best, files.last].map(readCheckpoint))).map(
      (c) => spoil?.(c) ?? c,
    );
    return diagnose(device, { checkpoint, last, splits });
  });
}

/** Names of what is found beyond notes. */
export function alarms({ findings }: Diagnosis): CheckName[] {
  return findings.filter((f) => f.severity !== 'note').map((f) => f.check);
}
