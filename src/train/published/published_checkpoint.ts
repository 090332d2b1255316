/** Published weights as a checkpoint: a classifier of ImageNet's thousand classes that nobody here has trained. */
import { readBytes } from '#platform';
import { buildModel, modelSpec } from '../../nn/models/registry.js';
import { matchState } from '../../nn/state/state_dict.js';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { expectedNormalization } from '../normalization.js';
import { parsePretrained } from '../pretrained.js';
import { IMAGENET_CLASSES } from './imagenet_classes.js';
import { namedWeights } from './named_weights.js';
import type { PublishedWeights } from './table.js';

/** `imagenet:resnet50`, `imagenet:v2:resnet50`. */
const FORM = /^(imagenet(?::v\d)?):([a-z][\w]*)$/;

/** The weights that such a name means; null for the name of a run. @throws UsageError when none are published. */
export function publishedNamed(name: string): PublishedWeights | null {
  const [, pretrained, model] = FORM.exec(name) ?? [];
  return pretrained === undefined ? null : namedWeights(pretrained, modelSpec(model).name);
}

/** As if it had been trained here. What stands beside the network in the file, such as auxiliary heads, is left out. */
export async function publishedCheckpoint(weights: PublishedWeights, path: string): Promise<Checkpoint> {
  const { model, resize, crop, version } = weights;
  const input = { channels: 3, height: crop, width: crop, classes: IMAGENET_CLASSES.length };
  const file = parsePretrained(await readBytes(path), path);
  const own = [...buildModel(model, input).namedState()];
  const { fitting } = matchState(own, file.tensors, { file: path, strict: false, allowNonFinite: true });
  const missing = own.filter(([key]) => !fitting.has(key) && !key.endsWith('.num_batches_tracked'));
  if (missing.length > 0) matchState(own, file.tensors, { file: path }); // says which
  return {
    file: path,
    tensors: fitting,
    header: {
      model,
      input,
      classes: IMAGENET_CLASSES,
      normalization: expectedNormalization(model, file),
      config: {
        data: 'ImageNet',
        model,
        pretrained: `imagenet:${version}`,
        imageSize: resize,
        crop,
        normalize: 'imagenet',
        epochs: 1,
        batch: 64,
        optimizer: 'sgd',
        lr: 0,
        momentum: 0,
        nesterov: false,
        weightDecay: 0,
        valSplit: 0,
        seed: 0,
      },
      progress: { epoch: 0, step: 0, totals: [0, 0, 0], seconds: 0, random: [0, 0, 0, 0], history: [] },
    },
  };
}
