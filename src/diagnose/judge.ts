/** What a network says of some images, in numbers that two ways of asking can be compared by. */
import { softmax } from '../autograd/ops/loss/softmax.js';
import type { ImageDataset } from '../data/dataset.js';
import { DeviceDataset, type Normalization } from '../data/device_dataset.js';
import { hostRandom } from '../data/host_random.js';
import { selectImages } from '../data/select_images.js';
import type { Device } from '../device/device.js';
import { captureInference } from '../nn/capture_inference.js';
import type { Module } from '../nn/module.js';
import { evaluationBatch } from '../train/evaluate/evaluate.js';

/** Answers to some images, in their order. */
export interface Judged {
  /** (N, classes) */
  readonly probabilities: Float32Array;
  readonly predictions: Uint32Array;
  readonly labels: Uint32Array;
  readonly accuracy: number;
  /** Mean cross-entropy in nats. */
  readonly loss: number;
}

/** Below this a probability counts as this: a loss of 20 nats. */
const LEAST = Math.exp(-20);

/** The model's answers in evaluation mode. Leaves it in the mode in which it was. */
export async function judge(
  device: Device,
  model: Module,
  data: ImageDataset,
  normalization: Normalization,
): Promise<Judged> {
  const before = model.training;
  model.eval();
  const batch = evaluationBatch(data);
  const resident = new DeviceDataset(device, data, normalization);
  const walk = resident.walk(
    Uint32Array.from({ length: data.count }, (_, i) => i),
    { batch },
  );
  const classes = data.classes.length;
  const probabilities = new Float32Array(data.count * classes);
  const step = captureInference(device, (fold, size: number) => {
    const { x } = walk.next(size);
    return fold(() => softmax(model.forward(x)));
  });
  try {
    for (let start = 0; start < data.count; start += batch) {
      const size = Math.min(batch, data.count - start);
      await walk.load(size);
      probabilities.set((await step(size).read()) as Float32Array, start * classes);
    }
  } finally {
    model.train(before);
    for (const part of [step, walk, resident]) part.release();
  }
  return judged(probabilities, data.labels);
}

/** @param probabilities (N, classes). */
export function judged(probabilities: Float32Array, labels: Uint32Array): Judged {
  const classes = probabilities.length / Math.max(1, labels.length);
  const predictions = labels.map((_, n) => {
    const row = probabilities.subarray(n * classes, (n + 1) * classes);
    return row.indexOf(row.reduce((a, b) => Math.max(a, b), -Infinity));
  });
  let [right, loss] = [0, 0];
  for (const [n, label] of labels.entries()) {
    right += Number(predictions[n] === label);
    loss -= Math.log(Math.max(LEAST, probabilities[n * classes + label]));
  }
  return { probabilities, predictions, labels, accuracy: right / labels.length, loss: loss / labels.length };
}

/**
 * How sure it is that `b` has more right answers than `a` to the same images: (b alone right - a alone right) in
 * standard deviations, the root of McNemar's statistic; 0 where they are right together.
 */
export function gainInDeviations(a: Judged, b: Judged): number {
  let [onlyA, onlyB] = [0, 0];
  for (const [n, label] of a.labels.entries()) {
    const [isA, isB] = [a.predictions[n] === label, b.predictions[n] === label];
    onlyA += Number(isA && !isB);
    onlyB += Number(isB && !isA);
  }
  return onlyA + onlyB === 0 ? 0 : (onlyB - onlyA) / Math.sqrt(onlyA + onlyB);
}

/** Up to `most` of these images: of every class as many as there are, or an equal share; drawn by the seed. */
export function drawSample(data: ImageDataset, among: Uint32Array, most: number, seed: number): ImageDataset {
  if (among.length <= most) return selectImages(data, among);
  const order = hostRandom(seed).shuffle(among.slice());
  const taken = new Map<number, number[]>();
  for (const i of order) {
    const images = taken.get(data.labels[i]);
    if (images === undefined) taken.set(data.labels[i], [i]);
    else images.push(i);
  }
  const chosen: number[] = [];
  for (let round = 0; chosen.length < most; round++)
    for (const images of taken.values()) if (round < images.length && chosen.length < most) chosen.push(images[round]);
  return selectImages(data, Uint32Array.from(chosen).sort());
}

/** Up to `most` of these images as often of each class as they come; drawn by the seed. */
export function drawEvenly(data: ImageDataset, among: Uint32Array, most: number, seed: number): ImageDataset {
  return selectImages(data, evenIndices(among, most, seed));
}

/** Which these are. */
export function evenIndices(among: Uint32Array, most: number, seed: number): Uint32Array {
  return hostRandom(seed).shuffle(among.slice()).slice(0, most).sort();
}

/** Wilson's interval of a share of `count` images at 95 %. */
export function confidenceInterval(share: number, count: number): readonly [low: number, high: number] {
  const z = 1.96;
  const middle = (share + z ** 2 / (2 * count)) / (1 + z ** 2 / count);
  const half = (z / (1 + z ** 2 / count)) * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  return [middle - half, middle + half];
}
