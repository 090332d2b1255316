/** The options of `weft imbalance`. */
import { METHODS } from '../../imbalance/methods.js';
import { FEATURE_VAE } from '../../vae/config.js';
import { type SpecTable, without } from './options.js';
import { BALANCE_OPTIONS } from './train/recipe_options.js';
import { TRAIN_OPTIONS } from './train/train_options.js';

/** Options of training that the table has its own form of, or no use for. */
const NOT_TAKEN: readonly string[] = [
  'seed',
  'out',
  'resume',
  'force',
  'preset',
  'validate-on',
  'capture',
  ...Object.keys(BALANCE_OPTIONS),
];
const NETWORK: SpecTable = without(TRAIN_OPTIONS, NOT_TAKEN);

const CELLS = {
  methods: {
    type: 'string',
    describe: `what to compare: ${Object.entries(METHODS)
      .map(([form, what]) => `${form}, ${what}`)
      .join('; ')}`,
    default: 'plain,oversample:30,oversample:50,head:30,head:50,vae:30,vae:50',
  },
  'n-f': {
    type: 'string',
    describe: 'images of each minority class that training and validation each keep',
    default: '5,10,30,50',
  },
  seeds: { type: 'string', describe: 'how many seeds (0, 1, …), or which: 0,1,7', default: '3' },
  minority: {
    type: 'string',
    describe: 'how many classes keep few images, drawn by the seed; or their names',
    default: '5',
  },
  cap: { type: 'integer', describe: 'the most training images of a majority class (default: all)', min: 1 },
} as const satisfies SpecTable;

const STAGES = {
  latent: { type: 'integer', describe: 'dimensions of z', default: FEATURE_VAE.latent, min: 1 },
  'vae-hidden': {
    type: 'integer',
    describe: 'width of the auto-encoder’s hidden layers',
    default: FEATURE_VAE.hidden,
    min: 1,
  },
  'vae-epochs': { type: 'integer', describe: 'epochs of the auto-encoder', default: FEATURE_VAE.epochs, min: 1 },
  'vae-lr': { type: 'number', describe: 'its learning rate (Adam)', default: FEATURE_VAE.lr, min: 0 },
  beta: { type: 'number', describe: 'a constant weight of the KL divergence (default: it grows)', min: 0 },
  'beta-growth': {
    type: 'number',
    describe: 'what the weight of the KL divergence grows by each epoch',
    default: 5.6e-6,
    min: 0,
  },
  'beta-until': { type: 'integer', describe: 'the last epoch in which it grows', default: 90, min: 1 },
  'k-means': {
    type: 'number',
    describe: 'vae-km: weight of half the squared distance of a latent mean to that of its class',
    default: 0.1,
    min: 0,
  },
  'cvae-beta': {
    type: 'number',
    describe: 'cvae: weight of the KL divergence, constant: its decoder is given draws of the prior',
    default: 1,
    min: 0,
  },
  'class-vectors': {
    type: 'string',
    describe:
      'cada: CSV of what is known of the classes, a column class and columns of numbers (default: the character ' +
      'n-grams of their names)',
  },
  'classifier-epochs': { type: 'integer', describe: 'epochs of the classifier on features', default: 10, min: 1 },
  'classifier-lr': { type: 'number', describe: 'its learning rate (SGD, momentum 0.9)', default: 0.01, min: 0 },
  'classifier-batch': { type: 'integer', describe: 'its batch', default: 64, min: 1 },
} as const satisfies SpecTable;

export const IMBALANCE_OPTIONS: SpecTable = {
  ...NETWORK,
  ...CELLS,
  ...STAGES,
  out: { type: 'string', describe: 'folder of the table and the stages (default: runs/imbalance)' },
};
