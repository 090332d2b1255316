/** The options of `weft train` for starting from trained weights, and what is said about them. */
import type { TrainConfig } from '../train/config.js';
import type { PretrainedReport } from '../train/pretrained.js';
import type { OptionSpec } from './options.js';
import { say } from './output.js';

export const TRANSFER_OPTIONS = {
  pretrained: { type: 'string', describe: 'safetensors file of weights to start from (torchvision’s names); the classifier is made anew for other classes' },
  freeze: { type: 'string', describe: 'parameters to leave as they are: what their keys begin with, e.g. features or layer1,layer2; backbone: all but the head' },
  'head-lr': { type: 'number', describe: 'learning rate of the last layer (default: that of --lr)', min: 0 },
} as const satisfies Record<string, OptionSpec>;

/** What the configuration keeps of them; an option that is not given leaves no trace. */
export function transferOf(o: Readonly<Record<string, unknown>>): Pick<TrainConfig, 'pretrained' | 'freeze' | 'headLr'> {
  return {
    ...(o['pretrained'] === undefined ? {} : { pretrained: String(o['pretrained']) }),
    ...(o['freeze'] === undefined ? {} : { freeze: String(o['freeze']) }),
    ...(o['head-lr'] === undefined ? {} : { headLr: Number(o['head-lr']) }),
  };
}

/** Names said one by one; of more only the number. */
const SHOWN = 6;

export function sayPretrained({ file, loaded, skipped, missing, prefix, isRescaled }: PretrainedReport): void {
  const list = (lines: readonly string[]): string => `${lines.slice(0, SHOWN).map((line) => `\n  ${line}`).join('')}${lines.length > SHOWN ? `\n  and ${lines.length - SHOWN} more` : ''}`;
  say(`pretrained: ${file}: ${loaded.length} tensors loaded, ${skipped.length} skipped, ${missing.length} missing`);
  if (prefix !== '') say(`its keys begin with ${prefix}, which a wrapper put there: taken off`);
  if (isRescaled === true) say('its network takes values from -1 to 1 (torchvision’s transform_input): mean and deviation 0.5 stand for ImageNet’s statistics');
  if (skipped.length > 0) say(`skipped:${list(skipped.map(({ key, why }) => `${key}: ${why}`))}`);
  if (missing.length > 0) say(`missing, these start from the seed:${list(missing)}`);
}
