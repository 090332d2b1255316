/** The options of `weft train` for starting from trained weights, and what is said about them. */
import type { ModelConfig, OptimizerConfig } from '../../train/config.js';
import type { PretrainedReport } from '../../train/pretrained.js';
import { say } from '../output.js';

/** What the configuration keeps of them; an option that is not given leaves no trace. */
export function transferOf(
  o: Readonly<Record<string, unknown>>,
): Pick<ModelConfig, 'pretrained' | 'freeze'> & Pick<OptimizerConfig, 'headLr'> {
  return {
    ...(o['pretrained'] === undefined ? {} : { pretrained: String(o['pretrained']) }),
    ...(o['freeze'] === undefined ? {} : { freeze: String(o['freeze']) }),
    ...(o['head-lr'] === undefined ? {} : { headLr: Number(o['head-lr']) }),
  };
}

/** Names said one by one; of more only the number. */
const SHOWN = 6;

export function reportPretrained({ file, loaded, skipped, missing, prefix, isRescaled }: PretrainedReport): void {
  const list = (lines: readonly string[]): string =>
    `${lines
      .slice(0, SHOWN)
      .map((line) => `\n  ${line}`)
      .join('')}${lines.length > SHOWN ? `\n  and ${lines.length - SHOWN} more` : ''}`;
  say(`pretrained: ${file}: ${loaded.length} tensors loaded, ${skipped.length} skipped, ${missing.length} missing`);
  if (prefix !== '') say(`its keys begin with ${prefix}, which a wrapper put there: taken off`);
  if (isRescaled === true)
    say(
      'its network takes values from -1 to 1 (torchvision’s transform_input): mean and deviation 0.5 stand for ' +
        'ImageNet’s statistics',
    );
  if (skipped.length > 0) say(`skipped:${list(skipped.map(({ key, why }) => `${key}: ${why}`))}`);
  if (missing.length > 0) say(`missing, these start from the seed:${list(missing)}`);
}
