/** The configuration of a run out of options. */
import { UsageError } from '../../../device/errors.js';
import type { Precision, TrainConfig } from '../../../train/config.js';
import { balanceOf } from './balance.js';
import { imageConfig } from '../images.js';
import { lossOf } from './metric_loss.js';
import { optimizerOf } from './optimizer.js';
import { recipeOf } from './recipe.js';
import { TRAIN_OPTIONS } from './train_options.js';
import { transferOf, withPublished } from './transfer.js';

/**
 * The configuration that checked options make. `isGiven`: on the command line. @throws UsageError when they do not go
 * together.
 */
export async function trainConfig(
  o: Readonly<Record<string, string | number | boolean | undefined>>,
  isGiven: (name: string) => boolean,
): Promise<TrainConfig> {
  for (const name of ['data', 'model'])
    if (o[name] === undefined)
      throw new UsageError(`--${name} is missing`, {
        fix: name === 'data' ? 'e.g. --data synthetic' : 'e.g. --model cnn (weft models lists them)',
      });
  return configOf(withPublished(o, isGiven), isGiven);
}

/** In place of what is not known yet. */
const DEFAULT_BATCH = TRAIN_OPTIONS.batch.default;

async function configOf(
  o: Readonly<Record<string, string | number | boolean | undefined>>,
  isGiven: (name: string) => boolean,
): Promise<TrainConfig> {
  const recipe = recipeOf(o);
  return {
    data: String(o['data']),
    model: String(o['model']),
    epochs: Number(o['epochs']),
    batch: o['batch'] === 'auto' ? DEFAULT_BATCH : Number(o['batch']),
    ...(Number(o['accumulate'] ?? 1) > 1 ? { accumulate: Number(o['accumulate']) } : {}),
    ...(o['grad-checkpointing'] === true ? { gradCheckpointing: true } : {}),
    ...optimizerOf(o, recipe.schedule, isGiven),
    valSplit: Number(o['val-split']),
    seed: Number(o['seed']),
    precision: o['precision'] as Precision,
    ...(await imageConfig(o)),
    normalize: o['normalize'] === 'imagenet' ? 'imagenet' : 'data',
    ...recipe,
    ...transferOf(o),
    ...balanceOf(o),
    ...lossOf(o),
    ...(Number(o['sync-every'] ?? 1) > 1 ? { syncEvery: Number(o['sync-every']) } : {}),
    ...(o['fused-loss'] === 'on' || o['fused-loss'] === 'off' ? { fusedLoss: o['fused-loss'] } : {}),
  };
}
