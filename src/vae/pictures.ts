/**
 * What an auto-encoder of images makes: its reconstructions beside the originals, and images of latent numbers drawn
 * from the prior.
 */
import { noGrad } from '../autograd/graph.js';
import { sigmoid } from '../autograd/ops/index.js';
import { drawRows, tileSheet } from '../data/pictures/contact_sheet.js';
import type { ImageDataset } from '../data/dataset.js';
import { DeviceDataset } from '../data/device_dataset.js';
import type { Normalization } from '../data/normalize.js';
import type { Device } from '../device/device.js';
import { manualSeed, randn } from '../kernels/random/random.js';
import type { VaeLoss } from '../nn/vae/loss_names.js';
import type { ConvVae } from '../nn/vae/conv_vae.js';
import { tensor, type Tensor } from '../tensor/tensor.js';
import { evaluationBatch } from '../train/evaluate/evaluate.js';
import { imageBatches } from './batches.js';

const PER_ROW = 12;
/** Classes of which reconstructions are shown, and rows of samples where there are no classes. */
const ROWS = 10;
/** Rows of samples by class, at most. */
const CLASS_ROWS = 40;

/** What there is to know of a trained model of images. */
export interface ImageVae {
  readonly model: ConvVae;
  readonly loss: VaeLoss;
  readonly normalization: Normalization;
}

/**
 * A PNG: for each class (the first 10) a row of originals and below it their reconstructions, from the mean of their
 * latent distributions. @param indices the images to draw from, by `seed`.
 */
export async function reconstructionsSheet(
  device: Device,
  vae: ImageVae,
  data: ImageDataset,
  indices: Uint32Array,
  seed: number,
): Promise<Uint8Array> {
  const { model, normalization } = vae;
  const rows = drawRows(data, PER_ROW, seed, indices).slice(0, ROWS);
  const shown = Uint32Array.from(rows.flat());
  const resident = new DeviceDataset(device, data, normalization);
  const batches = imageBatches(resident, shown);
  const images = new Uint8Array(2 * shown.length * bytesOf(model)); // the originals, then their reconstructions
  try {
    for (let start = 0; start < shown.length; start += batches.measured) {
      const size = Math.min(batches.measured, shown.length - start);
      await batches.load(size);
      const { x, y } = device.step(() =>
        noGrad(() => {
          const batch = batches.next(size);
          const label = model.classes === null ? null : batch.label;
          return { x: batch.x, y: intensities(vae, model.decode(model.encode(batch.x, label).mean, label)) };
        }),
      );
      images.set(await pixels(vae, x), start * bytesOf(model));
      images.set(await pixels(vae, y), (shown.length + start) * bytesOf(model));
    }
  } finally {
    for (const used of [batches, resident]) used.release();
  }
  let at = 0;
  const pairs = rows.flatMap((row) => {
    const originals = row.map(() => at++);
    return [originals, originals.map((i) => shown.length + i)];
  });
  return tileSheet({ ...model.size, images }, pairs, PER_ROW);
}

/** A PNG of decoded draws from the standard normal; of a conditional model a row for each class (the first 40). */
export async function samplesSheet(device: Device, vae: ImageVae, seed: number): Promise<Uint8Array> {
  const { model } = vae;
  const rows = Math.min(CLASS_ROWS, model.classes ?? ROWS);
  const count = rows * PER_ROW;
  const batch = evaluationBatch(model.size);
  const images = new Uint8Array(count * bytesOf(model));
  manualSeed(device, seed);
  for (let start = 0; start < count; start += batch) {
    const size = Math.min(batch, count - start);
    const label =
      model.classes === null
        ? null
        : tensor(
            device,
            Uint32Array.from({ length: size }, (_, i) => Math.floor((start + i) / PER_ROW)),
          );
    const y = device.step(() =>
      noGrad(() => intensities(vae, model.decode(randn(device, [size, model.latent]), label))),
    );
    images.set(await pixels(vae, y), start * bytesOf(model));
    label?.release();
  }
  return tileSheet(
    { ...model.size, images },
    Array.from({ length: rows }, (_, r) => Array.from({ length: PER_ROW }, (__, k) => r * PER_ROW + k)),
    PER_ROW,
  );
}

/** What is decoded, in the units of the images that the model is given. */
function intensities({ loss }: ImageVae, decoded: Tensor): Tensor {
  return loss === 'bernoulli' ? sigmoid(decoded) : decoded;
}

/** Normalised images (N, C, H, W) as bytes. Gives their memory back. */
async function pixels({ model: { size }, normalization: { mean, std } }: ImageVae, x: Tensor): Promise<Uint8Array> {
  const values = (await x.read()) as Float32Array;
  x.release();
  const area = size.height * size.width;
  return Uint8Array.from(values, (v, i) => {
    const c = Math.floor(i / area) % size.channels;
    return Math.max(0, Math.min(255, Math.round(255 * (v * std[c] + mean[c]))));
  });
}

/** Bytes of one image. */
function bytesOf({ size: { channels, height, width } }: ConvVae): number {
  return channels * height * width;
}
