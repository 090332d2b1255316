/** Running a model over a data set without training it. */
import { argmax } from '../../kernels/reduce/argmax.js';
import { classRanks } from '../../kernels/loss/class_ranks.js';
import { addAnswerMetrics_ } from '../../kernels/loss/classification_metrics.js';
import { crossEntropy } from '../../kernels/loss/cross_entropy.js';
import { lossesOfLogits } from '../../kernels/loss/linear_cross_entropy.js';
import { stridedCopyInto } from '../../kernels/movement/strided_copy.js';
import { inputSize, type ImageDataset } from '../../data/dataset.js';
import type { DatasetWalk } from '../../data/device_dataset.js';
import type { Device } from '../../device/device.js';
import { captureInference } from '../../nn/capture_inference.js';
import type { Module } from '../../nn/module.js';
import { view, zeros, type Tensor } from '../../tensor/tensor.js';
import { MANY_CLASSES } from '../loss/loss_settings.js';

/** How good a model is on a set of images. */
export interface Evaluation {
  /** Mean cross-entropy per image, in nats. */
  readonly loss: number;
  /** Share of right answers, 0 to 1. */
  readonly accuracy: number;
  readonly count: number;
  /** Class of each image, in the order of the walk. */
  readonly predictions: Uint32Array;
  /** How many classes were thought likelier than the true one, of each image: 0 where the prediction is right. */
  readonly ranks: Uint32Array;
}

/**
 * The largest layers of an evaluated batch bound its memory (SqueezeNet, 32 photographs of 224 x 224: 145 MiB); this
 * many input numbers bound them.
 */
const EVALUATED_ELEMENTS = 2 ** 22;
/** Whole images are uploaded, of which a network may see a small crop: adapters bind 128 MiB at least. */
const UPLOADED_BYTES = 2 ** 26;

/** How many images to evaluate at a time: 256 small ones, fewer photographs. */
export function evaluationBatch(data: Pick<ImageDataset, 'channels' | 'height' | 'width' | 'crop'>): number {
  const [height, width] = inputSize(data);
  const seen = Math.floor(EVALUATED_ELEMENTS / (data.channels * height * width));
  const uploaded = Math.floor(UPLOADED_BYTES / (data.channels * data.height * data.width));
  return Math.max(1, Math.min(256, seen, uploaded));
}

/** Batches encoded before the host waits: bounds what is queued. */
const BATCHES_IN_FLIGHT = 16;

/** Losses and likeliest classes (N) of logits (N, C); with many classes without a second tensor of their size. */
function judged(logits: Tensor, label: Tensor): { loss: Tensor; best: Tensor } {
  if (logits.shape[1] >= MANY_CLASSES) return lossesOfLogits(logits, label);
  return { loss: crossEntropy(logits, label).loss, best: view(argmax(logits, -1), label.shape) };
}

/** What is asked of an evaluation besides its figures. */
export interface EvaluateOptions {
  /** What is said of a batch (N, C, H, W) of the walk, (N, classes). Default: what the model says. */
  readonly logitsOf?: (x: Tensor) => Tensor;
  /** Is given the logits (N, classes) of each batch, on the host, and where in the walk it starts. */
  readonly onLogits?: (start: number, logits: Float32Array) => void;
}

/**
 * Loss, accuracy, predictions and ranks of a model over a walk that stands at its start. Leaves the model in the mode
 * it was in.
 */
export async function evaluate(
  device: Device,
  model: Module,
  walk: DatasetWalk,
  batch: number,
  { logitsOf = (x) => model.forward(x), onLogits }: EvaluateOptions = {},
): Promise<Evaluation> {
  const before = model.training;
  model.eval();
  const totals = zeros(device, [3]);
  const [predictions, ranks] = [zeros(device, [walk.count], 'u32'), zeros(device, [walk.count], 'u32')];
  const step = captureInference(device, (fold, size: number) => {
    const { x, label } = walk.next(size);
    const logits = fold(() => logitsOf(x));
    const { loss, best } = judged(logits, label);
    addAnswerMetrics_(totals, best, label, loss);
    return { best, ranks: classRanks(logits, label), logits };
  });
  try {
    for (let start = 0, n = 1; start < walk.count; start += batch, n++) {
      const size = Math.min(batch, walk.count - start);
      await walk.load(size);
      const answers = step(size);
      for (const [from, to] of [
        [answers.best, predictions],
        [answers.ranks, ranks],
      ])
        stridedCopyInto('evaluate', [size], from, { offset: 0, strides: [1] }, to, { offset: start, strides: [1] });
      if (onLogits !== undefined) onLogits(start, (await answers.logits.read()) as Float32Array);
      else if (n % BATCHES_IN_FLIGHT === 0) await device.sync();
    }
    const [loss, correct, count] = await totals.read();
    return {
      loss: loss / count,
      accuracy: correct / count,
      count,
      predictions: (await predictions.read()) as Uint32Array,
      ranks: (await ranks.read()) as Uint32Array,
    };
  } finally {
    model.train(before);
    step.release();
    for (const t of [totals, predictions, ranks]) t.release();
  }
}
