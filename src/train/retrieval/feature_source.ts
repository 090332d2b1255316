/** What makes the vectors of an index out of images: a network up to one of its layers, or the pixels themselves. */
import { digest, readBytes, fileInfo } from '#platform';
import { inputSize, type ImageDataset } from '../../data/dataset.js';
import type { Normalization } from '../../data/normalize.js';
import type { PictureForm } from '../../data/query_pictures.js';
import type { Device } from '../../device/device.js';
import { DataError, ModelError } from '../../device/errors.js';
import { buildModel, modelSpec, type ModelInput } from '../../nn/models/registry.js';
import { extractFeatures } from '../extract_features.js';
import { loadPretrained, readPretrained } from '../transfer.js';
import { normalizeRows_ } from './row_search.js';

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
  return source.kind === 'pixels' ? { channels: source.channels, imageSize, side: imageSize } : { channels: source.input.channels, imageSize, side: source.input.width };
}

/** @throws ModelError when there is no such file. */
export async function weightsDigest(file: string): Promise<string> {
  const info = await fileInfo(file);
  if (info === null || info.isDirectory) throw new ModelError(`${file}: there is no such file of weights`, { fix: 'say where they are now: --weights FILE' });
  return digest('sha256', await readBytes(file));
}

export interface FeatureMaker {
  /** L2-normalised vectors (N, D), row-major, and D. */
  features(data: ImageDataset, onProgress?: (done: number, total: number) => void): Promise<{ rows: Float32Array<ArrayBuffer>; width: number }>;
  release(): void;
}

/** The network of a source with its weights, on the device. @throws ModelError when they are not those that the source names, or not all of its. */
export async function openSource(device: Device, source: FeatureSource): Promise<FeatureMaker> {
  if (source.kind === 'pixels') return { features: async (data) => pixelRows(data), release: () => {} };
  const { model: name, input, weights, normalization, layer } = source;
  if ((await weightsDigest(weights)) !== source.digest) throw new ModelError(`${weights} holds other weights than those the index was made with`, { fix: 'name those with --weights FILE, or make the index again: weft index' });
  const { head } = modelSpec(name);
  const model = buildModel(name, input).to(device);
  const { missing } = loadPretrained(model, head, await readPretrained(weights));
  const without = missing.find((key) => !key.startsWith(`${head}.`));
  if (without !== undefined) throw new ModelError(`${weights} has no ${without} of ${name}`, { fix: 'use weights of the same architecture' });
  return {
    features: async (data, onProgress) => {
      requireForm(source, data);
      const set = await extractFeatures(device, model, layer === null ? head : { output: layer }, data, normalization, onProgress);
      normalizeRows_(set.features as Float32Array<ArrayBuffer>, set.width);
      return { rows: set.features as Float32Array<ArrayBuffer>, width: set.width };
    },
    release: () => model.release(),
  };
}

function requireForm({ model, input }: NetworkSource, data: ImageDataset): void {
  const own = `${input.channels}x${input.height}x${input.width}`;
  const given = `${data.channels}x${inputSize(data).join('x')}`;
  if (own !== given) throw new DataError(`${data.name} holds images of ${given}, ${model} here takes ${own}`, { fix: 'give data of the same kind, or for pictures other --image-size and --crop' });
}

function pixelRows({ images, count, channels, height, width }: ImageDataset): { rows: Float32Array<ArrayBuffer>; width: number } {
  const size = channels * height * width;
  const rows = new Float32Array(count * size);
  for (let n = 0; n < count; n++) {
    const image = images.subarray(n * size, (n + 1) * size);
    const mean = image.reduce((sum, v) => sum + v, 0) / size;
    for (let i = 0; i < size; i++) rows[n * size + i] = image[i] - mean;
  }
  normalizeRows_(rows, size);
  return { rows, width: size };
}
