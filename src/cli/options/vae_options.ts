/** The options of `weft vae`, and the configuration that they make. */
import { UsageError } from '../../device/errors.js';
import { VAE_LOSSES, type VaeLoss } from '../../nn/vae/loss_names.js';
import { FEATURE_VAE, GROWING_BETA, IMAGE_VAE, PRIORS, type BetaSchedule, type VaeConfig } from '../../vae/config.js';
import { DATA_FORMS, IMAGE_OPTIONS, OWN_MODEL_OPTION, type OptionSpec } from './options.js';

const { augment: _, ...READING } = IMAGE_OPTIONS;

export const VAE_OPTIONS = {
  data: { type: 'string', describe: DATA_FORMS, demand: true },
  model: OWN_MODEL_OPTION,
  features: {
    type: 'string',
    describe: 'train on features instead of images: what reaches the head of this run’s model',
  },
  latent: { type: 'integer', describe: 'dimensions of the latent space', default: IMAGE_VAE.latent, min: 1 },
  hidden: {
    type: 'integer',
    describe: `width of the layers around it (default: ${IMAGE_VAE.hidden}; features: ${FEATURE_VAE.hidden})`,
    min: 1,
  },
  loss: {
    type: 'string',
    describe: 'of the reconstruction (default: bernoulli; features: gaussian)',
    choices: VAE_LOSSES,
  },
  conditional: { type: 'boolean', describe: 'tell encoder and decoder the class', default: false },
  prior: {
    type: 'string',
    describe:
      'what holds z to the standard normal: the KL divergence, or a discriminator (adversarial auto-encoder) ' +
      '(default: divergence)',
    choices: PRIORS,
  },
  'k-means': {
    type: 'number',
    describe: 'pulls z of a class together: weight of half the squared distance of a latent mean to that of its class',
    min: 0,
  },
  'batch-norm': { type: 'boolean', describe: 'batch norm behind the convolutions', default: false },
  beta: { type: 'number', describe: 'weight of the KL divergence (default: 1; features: it grows)', min: 0 },
  'beta-growth': {
    type: 'number',
    describe: `beta grows by this much per epoch instead (features: ${GROWING_BETA.perEpoch})`,
    min: 0,
  },
  'beta-until': {
    type: 'integer',
    describe: `the epoch up to which it grows (default: ${GROWING_BETA.until})`,
    min: 1,
  },
  epochs: {
    type: 'integer',
    describe: `passes over the training images (default: ${IMAGE_VAE.epochs}; features: ${FEATURE_VAE.epochs})`,
    min: 1,
  },
  batch: { type: 'integer', describe: 'images per step', default: IMAGE_VAE.batch, min: 1 },
  lr: { type: 'number', describe: 'learning rate of Adam', default: IMAGE_VAE.lr, min: 0 },
  'val-split': {
    type: 'number',
    describe:
      'share of the training images held back for validation (default: 0.1; features: the images that the run ' +
      'held back)',
    min: 0,
    below: 1,
  },
  seed: {
    type: 'integer',
    describe: 'decides weights, split, order and noise',
    default: 0,
    min: 0,
    below: 2 ** 53 - 1,
  },
  ...READING,
  out: { type: 'string', describe: 'folder for the model, the figures and the pictures (default: runs/vae-DATE)' },
  force: { type: 'boolean', describe: 'replace a run that is in the folder already', default: false },
} as const satisfies Record<string, OptionSpec>;

type Options = Readonly<Record<string, string | number | boolean | undefined>>;

/** Of resolved VAE_OPTIONS. @throws UsageError when they do not go together. */
export function vaeConfigOf(o: Options): VaeConfig {
  const ofFeatures = o['features'] !== undefined;
  const base = ofFeatures ? FEATURE_VAE : IMAGE_VAE;
  const number = (name: 'hidden' | 'epochs'): number => (o[name] === undefined ? base[name] : Number(o[name]));
  const loss = (o['loss'] ?? base.loss) as VaeLoss;
  if (ofFeatures && loss === 'bernoulli')
    throw new UsageError('--loss bernoulli is for intensities in [0, 1], features are any numbers', {
      fix: 'leave out --loss',
    });
  const onlyImages = ['batch-norm', ...Object.keys(READING)].find((name) => o[name] !== undefined && o[name] !== false);
  if (ofFeatures && onlyImages !== undefined)
    throw new UsageError(`--${onlyImages} is for images; --features reads them as its run did`, {
      fix: 'leave it out',
    });
  const isGame = o['prior'] === 'adversarial';
  const ofBeta = ['beta', 'beta-growth', 'beta-until'].find((name) => isGame && o[name] !== undefined);
  if (ofBeta !== undefined)
    throw new UsageError(`--${ofBeta} weighs the KL divergence, which --prior adversarial has none of`, {
      fix: 'leave it out',
    });
  return {
    latent: Number(o['latent']),
    hidden: number('hidden'),
    loss,
    conditional: o['conditional'] === true,
    batchNorm: o['batch-norm'] === true,
    beta: betaOf(o, base.beta),
    ...(isGame ? { prior: 'adversarial' as const } : {}),
    ...(o['k-means'] === undefined ? {} : { pull: Number(o['k-means']) }),
    epochs: number('epochs'),
    batch: Number(o['batch']),
    lr: Number(o['lr']),
    seed: Number(o['seed']),
  };
}

function betaOf(o: Options, otherwise: BetaSchedule): BetaSchedule {
  const growth =
    o['beta-growth'] ?? (otherwise.kind === 'linear' && o['beta'] === undefined ? otherwise.perEpoch : undefined);
  if (o['beta'] !== undefined && growth !== undefined)
    throw new UsageError('--beta holds beta still, --beta-growth lets it grow', { fix: 'give one of the two' });
  if (growth === undefined && o['beta-until'] !== undefined)
    throw new UsageError('--beta-until is for a beta that grows', { fix: 'give --beta-growth too' });
  if (growth === undefined) return o['beta'] === undefined ? otherwise : { kind: 'constant', beta: Number(o['beta']) };
  return { kind: 'linear', perEpoch: Number(growth), until: Number(o['beta-until'] ?? GROWING_BETA.until) };
}
