/** Weights by name: `imagenet` of a model, `imagenet:v2`; and where they are in the user's cache. */
import { cacheDirectory, fileInfo, joinPath } from '#platform';
import { ModelError, UsageError } from '../../device/errors.js';
import { worded } from '../../text/wording.js';
import { PUBLISHED_WEIGHTS, type PublishedWeights } from './table.js';

const NAMED = /^imagenet(?::(v\d))?$/;

/** Whether a text names published weights, and no file. */
export const isNamed = (pretrained: string): boolean => NAMED.test(pretrained);

/** The weights that `imagenet` or `imagenet:v2` are for a model. @throws UsageError when there are none. */
export function namedWeights(pretrained: string, model: string, table = PUBLISHED_WEIGHTS): PublishedWeights {
  const version = NAMED.exec(pretrained)?.[1];
  const own = table.filter((w) => w.model === model);
  const found = own.find((w) => w.version === (version ?? own[0].version));
  if (found !== undefined) return found;
  const has = own.map((w) => `imagenet:${w.version}`).join(', ');
  throw new UsageError(worded`{pretrained} ${pretrained}: no such weights of ${model} are published`, {
    fix: own.length === 0 ? 'weft weights list names the models that have some' : worded`use {pretrained} ${has}`,
  });
}

/** Where the files are. */
export const weightsDirectory = (): string => joinPath(cacheDirectory(), 'weights');

/** Where a file is, or will be. */
export const weightsPath = ({ name }: PublishedWeights, directory = weightsDirectory()): string =>
  joinPath(directory, `${name}.pth`);

/** The file that a configuration's `pretrained` means for a model. @throws UsageError when none is published. */
export function weightsFile(pretrained: string, model: string): string {
  return isNamed(pretrained) ? weightsPath(namedWeights(pretrained, model)) : pretrained;
}

/** @throws ModelError when named weights are not in the cache. */
export async function requireFetched(pretrained: string, model: string): Promise<string> {
  const path = weightsFile(pretrained, model);
  if (isNamed(pretrained) && (await fileInfo(path)) === null)
    throw new ModelError(worded`{pretrained} ${pretrained}: ${path} is not there`, {
      fix: `weft weights download ${model}`,
    });
  return path;
}
