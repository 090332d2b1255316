/**
 * The schema of config.json, what a run keeps of its settings. A field that an option sets is `option('name')`; the
 * compiler compares all of them with TrainConfig.
 */
import { z } from 'zod';
import { SCHEDULE_SETTINGS } from '../../optim/schedules/schedule.js';
import type { TrainConfig } from '../../train/config.js';
import { SETTINGS } from '../options/train/recipe.js';
import { TRAIN_OPTIONS } from '../options/train/train_options.js';
import { optionSchema, type ValueOf } from './option_schema.js';

type Options = typeof TRAIN_OPTIONS;

/** What an option of `weft train` takes. */
function option<N extends keyof Options>(name: N): z.ZodType<ValueOf<Options[N]>> {
  return optionSchema(TRAIN_OPTIONS[name]) as z.ZodType<ValueOf<Options[N]>>;
}

/** What comes of an option that may be a word, too: a number in any case. */
function numberOf(name: 'batch'): z.ZodType<number> {
  const { words: _, ...spec } = TRAIN_OPTIONS[name];
  return optionSchema(spec);
}

/** A field that is written only where an option has this value. */
function only<const V extends string | boolean>(name: keyof Options, ...values: readonly V[]): z.ZodType<V> {
  return z
    .literal(values, { error: `is not ${values.join(' or ')}` })
    .meta({ description: TRAIN_OPTIONS[name].describe });
}

/** A field with text of any kind. */
function text(description: string): z.ZodType<string> {
  return z.string({ error: 'is not a text' }).min(1, { error: 'is not a text' }).meta({ description });
}

const epoch = z.int({ error: 'is not a whole number of at least 1' }).min(1, {
  error: 'is not a whole number of at least 1',
});

export const SCHEDULE = z
  .strictObject({
    name: option('schedule'),
    warmup: option(SETTINGS.warmup).optional(),
    step: option(SETTINGS.step).optional(),
    milestones: z
      .array(epoch, { error: 'is not a list of epochs' })
      .readonly()
      .refine((list) => list.every((v, i) => v > (list[i - 1] ?? 0)), { error: 'is not a list of rising epochs' })
      .meta({ description: TRAIN_OPTIONS.milestones.describe })
      .optional(),
    gamma: option(SETTINGS.gamma).optional(),
    patience: option(SETTINGS.patience).optional(),
    min: option(SETTINGS.min).optional(),
    rise: option(SETTINGS.rise).optional(),
    start: option(SETTINGS.start).optional(),
    end: option(SETTINGS.end).optional(),
  })
  .superRefine((schedule, context) => {
    const own: readonly string[] = SCHEDULE_SETTINGS[schedule.name] ?? [];
    for (const key of Object.keys(schedule))
      if (key !== 'name' && !own.includes(key))
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `is no setting of ${schedule.name}`,
          input: schedule,
        });
  })
  .meta({ description: TRAIN_OPTIONS.schedule.describe });

export const SWA = z
  .strictObject({
    start: option('swa-start'),
    lr: option('swa-lr').optional(),
    anneal: option('swa-anneal').optional(),
  })
  .meta({ description: TRAIN_OPTIONS['swa-start'].describe });

export const LOSS = z
  .discriminatedUnion(
    'name',
    [
      z.strictObject({ name: z.literal('focal'), gamma: option('gamma') }),
      z.strictObject({ name: z.literal('bce') }),
      z.strictObject({ name: z.literal('arcface'), margin: option('margin'), scale: option('scale') }),
      z.strictObject({
        name: z.literal('supcon'),
        temperature: option('temperature'),
        weight: option('supcon-weight'),
      }),
    ],
    { error: 'is not one of focal, bce, arcface, supcon' },
  )
  .meta({ description: TRAIN_OPTIONS.loss.describe });

/** One beside the other, each in order. */
export const CLASSES = z
  .record(z.string(), z.array(text('a class of the data')).min(1, { error: 'names no class' }).readonly(), {
    error: 'is no map of classes',
  })
  .meta({ description: TRAIN_OPTIONS.classes.describe });

const decay = z
  .number({ error: 'is not a number of at least 0 and below 1' })
  .min(0, { error: 'is not a number of at least 0 and below 1' })
  .lt(1, { error: 'is not a number of at least 0 and below 1' });
export const BETAS = z
  .tuple([decay, decay], { error: 'is not two numbers' })
  .readonly()
  .meta({ description: TRAIN_OPTIONS.betas.describe });

/** Every field, in the order of TrainConfig; one that is missing, or too many, is a compile error. */
const FIELDS = {
  data: option('data'),
  imageSize: option('image-size').nullish(),
  crop: option('crop').nullish(),
  classes: CLASSES.nullish(),
  label: option('label').optional(),
  imageColumn: option('image-column').optional(),
  where: option('where').optional(),
  group: option('group').optional(),
  encoding: option('encoding').optional(),
  imageRoot: option('image-root').optional(),
  testSplit: option('test-split').optional(),
  keepDuplicates: option('keep-duplicates').optional(),
  near: option('near').optional(),
  stream: option('stream').optional(),
  memory: option('memory').optional(),
  valSplit: option('val-split'),
  normalize: option('normalize').optional(),
  batch: numberOf('batch'),
  accumulate: option('accumulate').optional(),
  augment: option('augment').nullish(),
  augmentClass: option('augment-class').optional(),
  augmentClassSpec: option('augment-class-spec').optional(),
  oversample: option('oversample').optional(),
  sampling: only('sampling', 'balanced').optional(),
  model: text('architecture (weft models lists them), or the name of a model of your own'),
  precision: option('precision').optional(),
  gradCheckpointing: only('grad-checkpointing', true).optional(),
  pretrained: option('pretrained').optional(),
  freeze: option('freeze').optional(),
  unfreeze: option('unfreeze').optional(),
  linearHead: z
    .literal(true, { error: 'is not true' })
    .meta({ description: 'the head is a linear layer, and nothing follows it: of what a page was taught' })
    .optional(),
  loss: LOSS.optional(),
  criterion: text('the name of a loss of your own').optional(),
  labelSmoothing: option('label-smoothing').optional(),
  classWeights: only('class-weights', 'balanced').optional(),
  fusedLoss: only('fused-loss', 'on', 'off').optional(),
  optimizer: option('optimizer'),
  lr: option('lr'),
  headLr: option('head-lr').optional(),
  layerDecay: option('layer-decay').optional(),
  momentum: option('momentum'),
  nesterov: option('nesterov'),
  weightDecay: option('weight-decay'),
  decayOn: only('decay-on', 'weights').optional(),
  dampening: option('dampening').optional(),
  betas: BETAS.optional(),
  eps: option('eps').optional(),
  alpha: option('alpha').optional(),
  centered: option('centered').optional(),
  lrDecay: option('lr-decay').optional(),
  initialAccumulator: option('initial-accumulator').optional(),
  trustClip: option('trust-clip').optional(),
  alwaysAdapt: option('always-adapt').optional(),
  adamLr: option('adam-lr').optional(),
  clipNorm: option('clip-norm').optional(),
  ema: option('ema').optional(),
  epochs: option('epochs'),
  seed: option('seed'),
  schedule: SCHEDULE.optional(),
  swa: SWA.optional(),
  patience: option('patience').optional(),
  validateOnTest: z
    .boolean({ error: 'is not true or false' })
    .meta({ description: TRAIN_OPTIONS['validate-on'].describe })
    .optional(),
  syncEvery: option('sync-every').optional(),
} satisfies { readonly [K in keyof Required<TrainConfig>]: z.ZodType<TrainConfig[K]> };

/** A run's config.json. */
export const RUN_CONFIG = z
  .strictObject(FIELDS)
  .meta({ title: 'config.json of a run', description: 'Everything that decides the result of weft train.' });

type Same<A extends B, B extends C, C = A> = [A, B, C];
/** The schema takes what TrainConfig is and gives no more: what may be left out in one only is an error here. */
export type Agreement = Same<TrainConfig, z.infer<typeof RUN_CONFIG>>;

/** The name of the option that a field of config.json comes from. */
export const FIELD_NAMES: readonly string[] = Object.keys(FIELDS);
