/** What makes the vectors of an index out of images: a network up to one of its layers, or the pixels themselves. */
import { inputSize, type ImageDataset } from '../data/dataset.js';
import { imageReader } from '../data/images.js';
import type { Normalization } from '../data/normalize.js';
import type { PictureForm } from '../data/pictures/picture_form.js';
import type { Device } from '../device/device.js';
import { DataError, ModelError } from '../device/errors.js';
import { buildModel, modelSpec, type ModelInput } from '../nn/models/registry.js';
import { extractFeatures } from '../inference/extract_features.js';
import { requireModel } from '../train/own_modules.js';
import { loadPretrained, parsePretrained } from '../train/pretrained.js';
import { normalizeRows_ } from './row_search.js';
import { worded } from '../text/wording.js';

export interface NetworkSource {
  readonly kind: 'network';
  readonly model: string;
  readonly input: ModelInput;
  /** Safetensors file of its weights: a run's best.safetensors, or a pretrained one. */
  readonly weights: string;
  /** SHA-256 of that file. */
  readonly digest: string;
  /** Whose output the vectors are; null: what reaches the head. */
  readonly layer: string | null;
  /** Pixels a side that pictures are resized to; the middle input.width of them are seen. */
  readonly imageSize: number;
  readonly normalization: Normalization;
}

/** Each image's pixels, its mean taken away: so the cosine of two is their correlation. What a network has to beat. */
export interface PixelSource {
  readonly kind: 'pixels';
  readonly channels: number;
  readonly imageSize: number;
}

export type FeatureSource = NetworkSource | PixelSource;

export function formOf(source: FeatureSource): PictureForm {
  const { imageSize } = source;
  return source.kind === 'pixels'
    ? { channels: source.channels, imageSize, side: imageSize }
    : { channels: source.input.channels, imageSize, side: source.input.width };
}

export interface FeatureMaker {
  /** L2-normalised vectors (N, D), row-major, and D. */
  features(
    data: ImageDataset,
    onProgress?: (done: number, total: number) => void,
  ): Promise<{ rows: Float32Array<ArrayBuffer>; width: number }>;
  release(): void;
}

/**
 * What makes the vectors; a network is put on the device.
 * @param weights bytes of the file that the source names; for pixels there are none.
 * @throws ModelError when they are damaged, or not all that the network needs.
 */
export function makeFeatures(
  device: Device,
  source: FeatureSource,
  weights: Uint8Array = new Uint8Array(0),
): FeatureMaker {
  if (source.kind === 'pixels') return { features: async (data) => pixelRows(data), release: () => {} };
  const { model: name, input, weights: file, normalization, layer } = source;
  requireModel(name, 'the index');
  const { head } = modelSpec(name);
  const model = buildModel(name, input).to(device);
  const { missing } = loadPretrained(model, head, parsePretrained(weights, file));
  if (missing.length > 0 && layer !== null && `${head}.`.startsWith(`${layer}.`)) {
    throw new ModelError(`${file} has no ${missing[0]} of ${name}, whose ${layer} is to make the vectors`, {
      fix: worded`leave out {layer}, or use weights that have it`,
    });
  }
  return {
    features: async (data, onProgress) => {
      requireForm(source, data);
      const set = await extractFeatures(
        device,
        model,
        layer === null ? head : { output: layer },
        data,
        normalization,
        onProgress,
      );
      normalizeRows_(set.features as Float32Array<ArrayBuffer>, set.width);
      return { rows: set.features as Float32Array<ArrayBuffer>, width: set.width };
    },
    release: () => model.release(),
  };
}

function requireForm({ model, input }: NetworkSource, data: ImageDataset): void {
  const own = `${input.channels}x${input.height}x${input.width}`;
  const given = `${data.channels}x${inputSize(data).join('x')}`;
  if (own !== given)
    throw new DataError(`${data.name} holds images of ${given}, ${model} here takes ${own}`, {
      fix: worded`give data of the same kind, or for pictures other {imageSize} and {crop}`,
    });
}

function pixelRows({ images, count, channels, height, width }: ImageDataset): {
  rows: Float32Array<ArrayBuffer>;
  width: number;
} {
  const size = channels * height * width;
  const read = imageReader(images, size);
  const rows = new Float32Array(count * size);
  for (let n = 0; n < count; n++) {
    const image = read(n);
    const mean = image.reduce((sum, v) => sum + v, 0) / size;
    for (let i = 0; i < size; i++) rows[n * size + i] = image[i] - mean;
  }
  normalizeRows_(rows, size);
  return { rows, width: size };
}
