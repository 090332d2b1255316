/** Fetching published weights into the user's cache. */
import { digest, fileInfo, readBytes, writeFileAtomic } from '#platform';
import { downloadFiles, type DownloadOptions } from '../../data/files/download.js';
import { notice } from '../../device/notices.js';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { isNamed, namedWeights, weightsDirectory, weightsPath } from './named_weights.js';
import { publishedCheckpoint, publishedNamed } from './published_checkpoint.js';
import { digitsOf, PUBLISHED_URL, type PublishedWeights } from './table.js';

/** What is asked of a download beside what all are asked. */
export interface WeightsOptions extends DownloadOptions {
  /** Default: `weights` in the user's cache. */
  readonly directory?: string;
}

/**
 * Brings published weights to the cache, unless they are there, and says so. The digits of their SHA-256 in the file's
 * name are compared, and the whole digest is written beside it.
 * @throws what `downloadFiles` throws.
 */
export async function fetchWeights(weights: PublishedWeights, options: WeightsOptions = {}): Promise<string> {
  const { directory = weightsDirectory(), ...how } = options;
  const path = weightsPath(weights, directory);
  if ((await fileInfo(path)) === null) notice(`${weights.name}.pth is fetched, once, into ${directory}`);
  const file = { name: `${weights.name}.pth`, bytes: null, sha256: digitsOf(weights) };
  await downloadFiles([file], PUBLISHED_URL, directory, how);
  const beside = `${path}.sha256`;
  if ((await fileInfo(beside)) === null)
    writeFileAtomic(beside, `${digest('sha256', await readBytes(path))}  ${weights.name}.pth\n`);
  return path;
}

/** Brings what a configuration starts from to the cache, where it is named. @throws as `fetchWeights` */
export async function fetchNamed(pretrained: string, model: string, options: WeightsOptions = {}): Promise<string> {
  return isNamed(pretrained) ? fetchWeights(namedWeights(pretrained, model), options) : pretrained;
}

/** The classifier that a name means, fetched where it is not there; null for the name of a run. */
export async function fetchPublished(name: string, options: WeightsOptions = {}): Promise<Checkpoint | null> {
  const weights = publishedNamed(name);
  return weights === null ? null : publishedCheckpoint(weights, await fetchWeights(weights, options));
}
