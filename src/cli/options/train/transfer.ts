/** The options of `weft train` for starting from trained weights, and what is said about them. */
import { UsageError } from '../../../device/errors.js';
import type { ModelConfig, OptimizerConfig } from '../../../train/config.js';
import type { PretrainedReport } from '../../../train/pretrained.js';
import { isDataSetName } from '../../../data/files/data_sets.js';
import { isDrawn } from '../../../data/load.js';
import { readerOf } from '../../../data/own_reader.js';
import { isNamed, namedWeights } from '../../../train/published/named_weights.js';
import { say } from '../../output.js';

/** What the configuration keeps of them; an option that is not given leaves no trace. */
export function transferOf(
  o: Readonly<Record<string, unknown>>,
): Pick<ModelConfig, 'pretrained' | 'freeze' | 'unfreeze'> & Pick<OptimizerConfig, 'headLr' | 'layerDecay'> {
  if (o['unfreeze'] !== undefined && o['pretrained'] === undefined)
    throw new UsageError('--unfreeze holds layers back that start from the seed: they have nothing to keep', {
      fix: 'give --pretrained, or leave it out',
    });
  if (o['layer-decay'] === 0)
    throw new UsageError('--layer-decay 0 would leave all but the head as it is', { fix: 'use --freeze backbone' });
  return {
    ...(o['pretrained'] === undefined ? {} : { pretrained: String(o['pretrained']) }),
    ...(o['freeze'] === undefined ? {} : { freeze: String(o['freeze']) }),
    ...(o['unfreeze'] === undefined ? {} : { unfreeze: Number(o['unfreeze']) }),
    ...(o['layer-decay'] === undefined ? {} : { layerDecay: Number(o['layer-decay']) }),
    ...(o['head-lr'] === undefined ? {} : { headLr: Number(o['head-lr']) }),
  };
}

/**
 * Options that published weights decide where they are not given: how pictures are made for them.
 * @throws UsageError when no such weights are published.
 */
export function withPublished<O extends Readonly<Record<string, string | number | boolean | undefined>>>(
  o: O,
  isGiven: (name: string) => boolean,
): O {
  const named = String(o['pretrained'] ?? '');
  if (!isNamed(named)) return o;
  const { version, resize, crop } = namedWeights(named, String(o['model']));
  const isSized = o['image-size'] !== undefined || o['crop'] !== undefined || !ofPictures(String(o['data']));
  return {
    ...o,
    pretrained: `imagenet:${version}`,
    ...(isSized ? {} : { 'image-size': resize, crop }),
    ...(isGiven('normalize') ? {} : { normalize: 'imagenet' }),
  };
}

/** Whether data are pictures of any size, as far as their name tells. */
const ofPictures = (data: string): boolean =>
  !isDrawn(data) && !isDataSetName(data) && !/\.npz$/i.test(data) && readerOf(data) === null;

/** Names said one by one; of more only the number. */
const SHOWN = 6;

export function reportPretrained(report: PretrainedReport): void {
  const { file, loaded, skipped, missing, prefix, within, isRescaled } = report;
  const list = (lines: readonly string[]): string =>
    `${lines
      .slice(0, SHOWN)
      .map((line) => `\n  ${line}`)
      .join('')}${lines.length > SHOWN ? `\n  and ${lines.length - SHOWN} more` : ''}`;
  say(`pretrained: ${file}: ${loaded.length} tensors loaded, ${skipped.length} skipped, ${missing.length} missing`);
  if (within !== '') say(`the weights lie under ${within} in the file`);
  if (prefix !== '') say(`its keys begin with ${prefix}, which a wrapper put there: taken off`);
  if (isRescaled === true)
    say(
      'its network takes values from -1 to 1 (torchvision’s transform_input): mean and deviation 0.5 stand for ' +
        'ImageNet’s statistics',
    );
  if (skipped.length > 0) say(`skipped:${list(skipped.map(({ key, why }) => `${key}: ${why}`))}`);
  if (missing.length > 0) say(`missing, these start from the seed:${list(missing)}`);
}
