/** Running a backbone over a data set once, for everything that is trained on its features. */
import type { ImageDataset } from '../data/dataset.js';
import { DeviceDataset, type Normalization } from '../data/device_dataset.js';
import type { FeatureSet } from '../data/feature_set.js';
import type { Device } from '../device/device.js';
import { captureInference } from '../nn/capture_inference.js';
import { headInput, layerOutput } from '../nn/head_input.js';
import type { Module } from '../nn/module.js';
import type { Tensor } from '../tensor/tensor.js';
import { evaluationBatch } from '../train/evaluate/evaluate.js';

/** Features (batch, D) are read back this many batches later, so that the GPU does not wait for the host. */
const BATCHES_IN_FLIGHT = 4;

/**
 * What reaches a layer (N, D), or what it makes, for every image of a data set, in its order, in evaluation mode.
 * @param layer path of the layer: what reaches it, as a rule the head; `output`: what that layer makes.
 */
export async function extractFeatures(
  device: Device,
  model: Module,
  layer: string | { readonly output: string },
  data: ImageDataset,
  normalization: Normalization,
  onProgress?: (done: number, total: number) => void,
): Promise<FeatureSet> {
  const before = model.training;
  model.eval();
  const featuresOf = (x: Tensor): Tensor =>
    typeof layer === 'string' ? headInput(model, layer, x) : layerOutput(model, layer.output, x);
  const batch = evaluationBatch(data);
  const resident = new DeviceDataset(device, data, normalization);
  const walk = resident.walk(
    Uint32Array.from({ length: data.count }, (_, i) => i),
    { batch },
  );
  const parts: { readonly start: number; readonly values: Promise<Float32Array> }[] = [];
  let features = new Float32Array(0);
  let width = 0;
  const take = async (): Promise<void> => {
    const part = parts.shift();
    if (part !== undefined) features.set(await part.values, part.start * width);
    if (part !== undefined) onProgress?.(Math.min(part.start + batch, data.count), data.count);
  };
  const step = captureInference(device, (fold, size: number) => {
    const { x } = walk.next(size);
    return fold(() => featuresOf(x));
  });
  try {
    for (let start = 0; start < data.count; start += batch) {
      const size = Math.min(batch, data.count - start);
      await walk.load(size);
      const x = step(size);
      if (start === 0) features = new Float32Array(data.count * (width = x.shape[1]));
      parts.push({ start, values: x.read() as Promise<Float32Array> });
      if (parts.length === BATCHES_IN_FLIGHT) await take();
    }
    while (parts.length > 0) await take();
    return { name: data.name, features, labels: data.labels, count: data.count, width, classes: data.classes };
  } finally {
    model.train(before);
    step.release();
    for (const part of [walk, resident]) part.release();
  }
}
