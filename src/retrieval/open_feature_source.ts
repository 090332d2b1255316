/** What made an index, on the device again: the network's weights come out of the file that the index names. */
import { digest, fileInfo, readBytes } from '#platform';
import type { Device } from '../device/device.js';
import { ModelError } from '../device/errors.js';
import { makeFeatures, type FeatureMaker, type FeatureSource, type NetworkSource } from './feature_source.js';
import { worded } from '../text/wording.js';

async function readFile(file: string): Promise<Uint8Array> {
  const info = await fileInfo(file);
  if (info === null || info.isDirectory)
    throw new ModelError(`${file}: there is no such file of weights`, {
      fix: worded`say where they are now: {weights} FILE`,
    });
  return readBytes(file);
}

/** SHA-256. @throws ModelError when there is no such file. */
export async function weightsDigest(file: string): Promise<string> {
  return digest('sha256', await readFile(file));
}

/**
 * The file of a network's weights. @throws ModelError when it is gone, or holds others than the index was made with.
 */
export async function readWeights({
  weights,
  digest: expected,
}: Pick<NetworkSource, 'weights' | 'digest'>): Promise<Uint8Array> {
  const bytes = await readFile(weights);
  if (digest('sha256', bytes) !== expected)
    throw new ModelError(`${weights} holds other weights than those the index was made with`, {
      fix: worded`name those with {weights} FILE, or make the index again: weft index`,
    });
  return bytes;
}

/** @throws ModelError when the weights are gone, others, or not all of the network's. */
export async function openSource(device: Device, source: FeatureSource): Promise<FeatureMaker> {
  return makeFeatures(device, source, source.kind === 'network' ? await readWeights(source) : undefined);
}
