/**
 * model_card.md: what a trained network is, what it was made from, how good it is and what its figures do not say.
 * After Mitchell et al., "Model Cards for Model Reporting", 2019 (https://arxiv.org/abs/1810.03993).
 */
import type { CalibrationReport } from '../inference/calibrate.js';
import { forMarkdown, markdownCode } from '../text/markdown.js';
import { named } from '../text/width.js';
import type { DataConfig, LoaderConfig, ModelConfig } from '../train/config.js';
import type { ModelInput } from '../nn/models/registry.js';
import type { RunSummary, UsedImages } from './run_summary.js';
import { markdownTable } from './table.js';

export interface CardFacts {
  readonly config: ModelConfig & Pick<DataConfig, 'data'> & Pick<LoaderConfig, 'augment'>;
  readonly summary: RunSummary;
  readonly classes: readonly string[];
  readonly input: ModelInput;
  readonly calibration: CalibrationReport;
  /** SHA-256 by what it is of. */
  readonly digests: Readonly<Record<string, string>>;
  /** What is done, and the command that does it. */
  readonly commands: readonly (readonly [what: string, command: string])[];
  readonly version: string;
}

const count = (n: number): string => n.toLocaleString('en-US');
const inParts = ({ training, validation, test }: UsedImages): string =>
  `${count(training)} images for training, ${count(validation)} held back, ${count(test)} for testing`;

/** Classes that are listed by name. */
const MAX_LISTED = 100;
const percent = (share: number | null): string => (share === null ? '-' : `${(100 * share).toFixed(2)} %`);

/** How far its probabilities can be believed. */
function believed({ ece, temperature, fittedOn, eceCalibrated }: CalibrationReport): string {
  if (temperature === null) return 'Its probabilities are not calibrated.';
  const say = 'Its probabilities are as good as the calibration error says; logits divided by the temperature, ';
  const of = `${temperature.toFixed(3)}, which was fitted on ${count(fittedOn)} images, before the softmax make `;
  if (eceCalibrated === null) return `${say}${of}others.`;
  return `${say}${of}${eceCalibrated < ece ? 'better' : 'no better'} ones.`;
}

export function modelCard({
  config,
  summary,
  classes,
  input,
  calibration,
  digests,
  commands,
  version,
}: CardFacts): string {
  const of = { test: 'test', validation: 'validation', training: 'training' }[summary.split] ?? summary.split;
  const figures = [
    ['accuracy', percent(summary.accuracy)],
    ...(summary.top5 === undefined ? [] : [['right class among the first 5', percent(summary.top5)]]),
    ['mean cross-entropy, nats', summary.loss.toFixed(4)],
    ['expected calibration error', percent(calibration.ece)],
    ...(calibration.eceCalibrated === null
      ? []
      : [[`the same at temperature ${calibration.temperature?.toFixed(3)}`, percent(calibration.eceCalibrated)]]),
  ];
  const worst = [...summary.perClass]
    .filter((c) => c.recall !== null && c.recall < 1)
    .sort((a, b) => (a.recall ?? 0) - (b.recall ?? 0));
  const listed = classes.slice(0, MAX_LISTED).map((name) => forMarkdown(named(name)));
  const used = summary.images;
  const start =
    config.pretrained === undefined
      ? 'It was trained from random weights.'
      : `It started from published or given weights (${markdownCode(config.pretrained)})` +
        `${config.freeze === undefined ? '' : `, of which ${markdownCode(config.freeze)} stayed as it was`}.`;
  return `${[
    `# ${forMarkdown(config.model)} on ${forMarkdown(named(config.data))}`,
    `A network that says which of ${count(classes.length)} classes an image belongs to. Architecture ` +
      `${markdownCode(config.model)}, ${count(summary.parameters)} trainable numbers; it takes images of ` +
      `${input.channels} x ${input.height} x ${input.width} (channels, height, width). ${start} Trained with ` +
      `weftgrad ${version} for ${summary.epochs} ${summary.epochs === 1 ? 'epoch' : 'epochs'}; the weights are of ` +
      `epoch ${summary.bestEpoch}. All settings are in config.json.`,
    '## What it is for',
    'TO FILL IN: who it is meant for, on which pictures, and what must not be decided by it.',
    '## Data',
    [
      `Read from ${markdownCode(config.data)}${used === undefined ? '' : `: ${inParts(used)}`}.`,
      ...(config.augment ? [`Training images were changed by ${markdownCode(config.augment)}.`] : []),
    ].join(' '),
    markdownTable({ headers: ['SHA-256 of', 'digest'], rows: Object.entries(digests) }),
    '## Classes',
    `${listed.join(', ')}${classes.length > MAX_LISTED ? ` and ${classes.length - MAX_LISTED} more` : ''}.`,
    '## Figures',
    `On ${count(summary.count)} ${of} images.` +
      (summary.split === 'test'
        ? ''
        : ' These are no test images: the figures are better than they would be on images of another day.'),
    markdownTable({ headers: ['figure', 'value'], rows: figures }),
    ...(worst.length > 0 && classes.length > 1
      ? [
          `Recognised least: ${worst
            .slice(0, 5)
            .map((c) => `${forMarkdown(named(c.class))} (${percent(c.recall)})`)
            .join(', ')}.`,
        ]
      : []),
    '## Limits',
    [
      '* It always answers with one of its classes, also for a picture of something else.',
      '* Pictures that were taken in another way than the training images (camera, light, background) may be ' +
        'recognised less often than the figures say.',
      `* ${believed(calibration)}`,
      ...(summary.warnings ?? []).map((warning) => `* ${forMarkdown(warning)}`),
    ].join('\n'),
    '## Licence',
    'TO FILL IN: under which terms the weights may be used, and what the terms of the data and of the weights that ' +
      'it started from say about it.',
    '## How to use it',
    ...commands.map(([what, command]) => `${forMarkdown(what)}\n\n    ${command}`),
  ].join('\n\n')}\n`;
}
