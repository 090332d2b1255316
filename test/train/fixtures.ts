/** Short training runs that the trainer's tests share. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HeldDataset, ImageDataset } from '../../src/data/dataset.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import type { Device } from '../../src/device/device.js';
import { InterruptedError } from '../../src/device/errors.js';
import { DEFAULT_INPUT } from '../../src/nn/models/registry.js';
import { readCheckpoint, type Checkpoint } from '../../src/train/checkpoint/checkpoint.js';
import type { CheckpointHeader } from '../../src/train/checkpoint/checkpoint_header.js';
import type { TrainConfig } from '../../src/train/config.js';
import type { EpochMetrics } from '../../src/train/evaluate/metrics.js';
import type { TrainResult } from '../../src/train/fit_hooks.js';
import { train, type TrainHooks } from '../../src/train/trainer.js';

/** 150 garments; with the default split 135 to train on: 5 steps of 32, the last of 7. */
export const GARMENTS: HeldDataset = syntheticGarments({ train: 150, test: 0, seed: 1 }).train;

/** The first `count` images of a data set, of all its classes. */
export function firstOf(data: HeldDataset, count: number): HeldDataset {
  const size = data.channels * data.height * data.width;
  return { ...data, images: data.images.subarray(0, count * size), labels: data.labels.subarray(0, count), count };
}

export const CONFIG: TrainConfig = {
  data: 'synthetic',
  model: 'mlp',
  epochs: 2,
  batch: 32,
  optimizer: 'adam',
  lr: 1e-3,
  momentum: 0.9,
  nesterov: false,
  weightDecay: 0,
  valSplit: 0.1,
  seed: 0,
};

/** A folder for one run's checkpoints, deleted afterwards. */
export async function inRun<T>(
  body: (files: { readonly folder: string; readonly last: string; readonly best: string }) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-run-'));
  try {
    return await body({ folder, last: join(folder, 'last.safetensors'), best: join(folder, 'best.safetensors') });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What decides whether two runs are the same: all tensors of both checkpoints, and the history without the times. */
export interface Outcome {
  readonly best: Record<string, string>;
  readonly last: Record<string, string>;
  readonly random: readonly number[];
  readonly history: readonly Omit<EpochMetrics, 'seconds'>[];
  readonly result: TrainResult;
}

function hexOf({ tensors }: Checkpoint): Record<string, string> {
  return Object.fromEntries([...tensors].map(([name, t]) => [name, Buffer.from(t.data).toString('hex')]));
}

/**
 * Trains in a folder of its own, stopping after each of the numbers of steps in `stops` (counted from the start or the
 * last stop) and resuming each time.
 */
export async function trainWithStops(
  device: Device,
  options: Partial<TrainConfig>,
  stops: readonly number[] = [],
  data: ImageDataset = GARMENTS,
  hooks: TrainHooks = {},
): Promise<Outcome> {
  const config = { ...CONFIG, ...options };
  return inRun(async (files) => {
    let resume: Checkpoint | null = null;
    for (const stop of [...stops, Infinity]) {
      let steps = 0;
      try {
        const result = await train(
          device,
          config,
          data,
          files,
          { ...hooks, interrupted: () => (steps++ === stop ? 130 : null) },
          resume,
        );
        const [best, last] = [await readCheckpoint(files.best), await readCheckpoint(files.last)];
        const history = last.header.progress.history.map(({ seconds, ...rest }) => rest);
        return { best: hexOf(best), last: hexOf(last), random: last.header.progress.random, history, result };
      } catch (error) {
        if (!(error instanceof InterruptedError)) throw error;
        resume = await readCheckpoint(files.last);
      }
    }
    throw new Error('unreachable');
  });
}

/** What a checkpoint of a LeNet-5 says. */
export const HEADER: CheckpointHeader = {
  model: 'lenet5',
  input: DEFAULT_INPUT,
  classes: GARMENTS.classes,
  normalization: { mean: [0.25], std: [0.35] },
  config: { ...CONFIG, model: 'lenet5' },
  progress: {
    epoch: 1,
    step: 2,
    totals: [1.5, 40, 64],
    seconds: 3.25,
    random: [0, 0, 4, 4294967295],
    history: [{ epoch: 1, trainLoss: 1, trainAccuracy: 0.5, valLoss: null, valAccuracy: null, lr: 1e-3, seconds: 2 }],
  },
};
