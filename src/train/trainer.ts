/** Training a classifier: a run is prepared, and then it runs. */
import type { ImageDataset } from '../data/dataset.js';
import type { Device } from '../device/device.js';
import type { Checkpoint } from './checkpoint.js';
import type { TrainConfig } from './config.js';
import { fit, type FitHooks, type TrainFiles, type TrainResult } from './fit.js';
import { prepareTraining, type PreparingHooks } from './prepare.js';

/** What `train` tells its caller on the way, and asks of it. */
export interface TrainHooks extends PreparingHooks, FitHooks {
  /** The test images, for `validateOnTest`; checkpoints keep their digest. */
  readonly test?: ImageDataset | null;
}

/**
 * Trains, and returns when all epochs are done.
 * @param resume a `last` checkpoint of the same configuration to go on from; the result is then the same, bit for bit,
 * as without the interruption. The device computes with the run's tuned choices from then on.
 * @throws UsageError when what is asked for cannot work; DataError when all images are of one class; AdapterError for
 * precision f16 on an adapter without it; DataError when `resume` was trained on other data; DivergedError when the
 * loss or a weight is not a number; InterruptedError after an interruption was saved.
 */
export async function train(
  device: Device,
  config: TrainConfig,
  given: ImageDataset,
  files: TrainFiles,
  hooks: TrainHooks = {},
  resume: Checkpoint | null = null,
): Promise<TrainResult> {
  const prepared = await prepareTraining(device, config, given, hooks.test ?? null, resume, hooks);
  try {
    return await fit(prepared, files, hooks);
  } finally {
    prepared.release();
  }
}
