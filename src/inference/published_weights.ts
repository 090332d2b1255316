/**
 * Weights as a page hands them out: the numbers, and of the run what a page needs, not where its data lies nor how it
 * was read.
 */
import { encodeSealed } from '../nn/state/safetensors.js';
import { encodeCheckpoint, stateDictOf, type Checkpoint } from '../train/checkpoint/checkpoint.js';
import type { CheckpointHeader } from '../train/checkpoint/checkpoint_header.js';
import { parsePretrained } from '../train/pretrained.js';

/** Stands where a checkpoint names its data. */
const UNTOLD = 'not published';

/** What may be known is named here, so that what configurations may hold one day stays at home. */
function publishedHeader({
  model,
  input,
  classes,
  normalization,
  config,
  progress,
}: CheckpointHeader): CheckpointHeader {
  const { epochs, batch, optimizer, lr, momentum, nesterov, weightDecay, valSplit, seed, loss, linearHead } = config;
  const { imageSize, crop } = config;
  return {
    model,
    input,
    classes,
    normalization,
    config: {
      data: UNTOLD,
      model,
      epochs,
      batch,
      optimizer,
      lr,
      momentum,
      nesterov,
      weightDecay,
      valSplit,
      seed,
      // both decide what the head computes
      ...(loss === undefined ? {} : { loss }),
      ...(linearHead === undefined ? {} : { linearHead }),
      ...(imageSize === undefined ? {} : { imageSize }),
      ...(crop === undefined ? {} : { crop }),
    },
    progress: { epoch: progress.epoch, step: 0, totals: [0, 0, 0], seconds: 0, random: [0, 0, 0, 0], history: [] },
  };
}

/** A checkpoint's file without what is only the run's. It classifies as the whole one does. */
export function publishedCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return encodeCheckpoint(publishedHeader(checkpoint.header), stateDictOf(checkpoint));
}

/**
 * A file of weights as its tensors alone. @throws ModelError when it is damaged, or holds numbers that are not finite.
 */
export function publishedTensors(bytes: Uint8Array, file: string): Uint8Array {
  return encodeSealed('weft-weights', parsePretrained(bytes, file).tensors);
}
