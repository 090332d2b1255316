/** The options of `weft train` that choose its loss. */
import { UsageError } from '../../../device/errors.js';
import type { LossConfig } from '../../../train/config.js';
import { OWN } from '../../../data/own_words.js';
import { checkLabelLoss } from '../../../train/loss/label_loss.js';
import { LABEL_LOSSES, METRIC_LOSSES, type LabelLoss, type MetricLoss } from '../../../train/loss/loss_settings.js';
import { checkMetricLoss } from '../../../train/loss/metric_loss.js';
import { percent, say } from '../../output.js';

const { arcface, supcon } = METRIC_LOSSES;

/** Whose each setting is. */
const OWNER = {
  gamma: 'focal',
  margin: 'arcface',
  scale: 'arcface',
  temperature: 'supcon',
  'supcon-weight': 'supcon',
} as const;

/**
 * The part of a configuration that these options make. @throws UsageError when an option belongs to another loss, or is
 * out of its range.
 */
export function lossOf(o: Readonly<Record<string, unknown>>): Pick<LossConfig, 'loss' | 'criterion'> {
  const name = String(o['loss'] ?? 'cross-entropy');
  for (const [option, owner] of Object.entries(OWNER)) {
    if (o[option] !== undefined && owner !== name)
      throw new UsageError(`--${option} is for --loss ${owner}; the loss is ${name}`, {
        fix: `leave it out, or give --loss ${owner}`,
      });
  }
  if (name.startsWith(OWN)) return { criterion: name.slice(OWN.length) };
  const value = (option: string, otherwise: number): number => Number(o[option] ?? otherwise);
  if (name === 'focal' || name === 'bce') {
    const loss: LabelLoss = name === 'bce' ? { name } : { name, gamma: value('gamma', LABEL_LOSSES.focal.gamma) };
    checkLabelLoss({ loss });
    return { loss };
  }
  if (name !== 'arcface' && name !== 'supcon') return {};
  const loss: MetricLoss =
    name === 'arcface'
      ? { name, margin: value('margin', arcface.margin), scale: value('scale', arcface.scale) }
      : { name, temperature: value('temperature', supcon.temperature), weight: value('supcon-weight', supcon.weight) };
  checkMetricLoss(loss);
  return { loss };
}

/** Below it most of an epoch teaches a contrastive loss nothing. */
const FEW_PAIRS = 0.5;

/** Says how many images a contrastive loss can compare with one of their class. */
export function reportContrastivePairs(share: number): void {
  const advice =
    '; the others teach it nothing: --sampling balanced, fewer classes or a larger --batch brings more together';
  say(
    `--loss supcon: ${percent(share)} of the images of an epoch have another of their class in their batch` +
      (share < FEW_PAIRS ? advice : ''),
  );
}
