/** The network that a page hands out for classes of the visitor's own (`--backbone`). */
import { basename, resolve } from 'node:path';
import { UsageError } from '../../device/errors.js';
import type { Checkpoint } from '../../train/checkpoint/checkpoint.js';
import { ownModelFile } from '../../train/own_modules.js';
import { isNamed, namedWeights, requireFetched } from '../../train/published/named_weights.js';
import { publishedCheckpoint } from '../../train/published/published_checkpoint.js';
import { PUBLISHED_WEIGHTS } from '../../train/published/table.js';
import { bestOf } from '../weights/best_of.js';

export interface PageBackbone {
  readonly name: string;
  /** Of published weights as if they had been trained here, with the head for ImageNet's classes. */
  readonly checkpoint: Checkpoint;
}

/** A published architecture, by its own name or as commands name it in a run's place: `imagenet:v2:resnet50`. */
const PUBLISHED = /^(?:(imagenet(?::v\d)?):)?([a-z]\w*)$/;

/**
 * What `--backbone` and `--pretrained` say; null without them.
 * @throws UsageError for --pretrained without the name of a published architecture, or a model of the user's own;
 * ModelError when the weights are not there, or others.
 */
export async function pageBackbone(o: Readonly<Record<string, unknown>>): Promise<PageBackbone | null> {
  const given = o['backbone'] as string | undefined;
  const pretrained = o['pretrained'] as string | undefined;
  const [, version, model = ''] = PUBLISHED.exec(given ?? '') ?? [];
  const isPublished = version !== undefined || PUBLISHED_WEIGHTS.some((w) => w.model === model);
  if (pretrained !== undefined && !isPublished)
    throw new UsageError('--pretrained is for a --backbone whose weights are published', {
      fix: 'give --backbone squeezenet1_1, say; weft weights list names those that there are',
    });
  if (given === undefined) return null;
  if (isPublished) {
    const named = pretrained !== undefined && isNamed(pretrained) ? pretrained : (version ?? 'imagenet');
    const weights = namedWeights(named, model);
    return {
      name: model,
      checkpoint: await publishedCheckpoint(weights, await requireFetched(pretrained ?? named, model)),
    };
  }
  const checkpoint = await bestOf(given);
  if (ownModelFile(checkpoint.header.model) !== undefined)
    throw new UsageError(`--backbone ${given} is of a model of your own, which a page cannot take as one`, {
      fix: 'give a run of one of the models that weft models lists, or the name of one whose weights are published',
    });
  return { name: basename(resolve(given)), checkpoint };
}
