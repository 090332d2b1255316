/** What `weft imbalance` is to compute: the options, checked, and the cells of the table in the order of work. */
import { UsageError } from '../device/errors.js';
import { checkMethods, isFrozen, type Cell, type ImbalanceConfig } from '../train/imbalance/config.js';
import { METHODS, parseMethods, type Method } from '../train/imbalance/methods.js';
import { checkVaeConfig, FEATURE_VAE } from '../train/vae/config.js';
import { BALANCE_OPTIONS } from './balance.js';
import type { Parsed } from './command.js';
import { LOSS_OPTIONS } from './metric_loss.js';
import { resolveOptions, TRAIN_OPTIONS, type OptionSpec } from './options.js';
import { RECIPE_OPTIONS } from './recipe.js';
import { trainConfig } from './train.js';

/** Options of training that the table has its own form of, or no use for. */
const NOT_TAKEN: readonly string[] = ['seed', 'out', 'resume', 'force', 'preset', 'validate-on', 'capture', ...Object.keys(BALANCE_OPTIONS)];
const NETWORK: Readonly<Record<string, OptionSpec>> = Object.fromEntries(Object.entries(TRAIN_OPTIONS).filter(([name]) => !NOT_TAKEN.includes(name)));

/** Options that say how the network is trained: of one that is frozen, they would change nothing. */
const OF_TRAINING = ['epochs', 'optimizer', 'lr', 'momentum', 'nesterov', 'weight-decay', 'augment', 'head-lr', ...Object.keys(RECIPE_OPTIONS), ...Object.keys(LOSS_OPTIONS)];

const CELLS = {
  methods: { type: 'string', describe: `what to compare: ${Object.entries(METHODS).map(([form, what]) => `${form}, ${what}`).join('; ')}`, default: 'plain,oversample:30,oversample:50,head:30,head:50,vae:30,vae:50' },
  'n-f': { type: 'string', describe: 'images of each minority class that training and validation each keep', default: '5,10,30,50' },
  seeds: { type: 'string', describe: 'how many seeds (0, 1, …), or which: 0,1,7', default: '3' },
  minority: { type: 'string', describe: 'how many classes keep few images, drawn by the seed; or their names', default: '5' },
  cap: { type: 'integer', describe: 'the most training images of a majority class (default: all)', min: 1 },
} as const satisfies Record<string, OptionSpec>;

const STAGES = {
  latent: { type: 'integer', describe: 'dimensions of z', default: FEATURE_VAE.latent, min: 1 },
  'vae-hidden': { type: 'integer', describe: 'width of the auto-encoder’s hidden layers', default: FEATURE_VAE.hidden, min: 1 },
  'vae-epochs': { type: 'integer', describe: 'epochs of the auto-encoder', default: FEATURE_VAE.epochs, min: 1 },
  'vae-lr': { type: 'number', describe: 'its learning rate (Adam)', default: FEATURE_VAE.lr, min: 0 },
  beta: { type: 'number', describe: 'a constant weight of the KL divergence (default: it grows)', min: 0 },
  'beta-growth': { type: 'number', describe: 'what the weight of the KL divergence grows by each epoch', default: 5.6e-6, min: 0 },
  'beta-until': { type: 'integer', describe: 'the last epoch in which it grows', default: 90, min: 1 },
  'classifier-epochs': { type: 'integer', describe: 'epochs of the classifier on features', default: 10, min: 1 },
  'classifier-lr': { type: 'number', describe: 'its learning rate (SGD, momentum 0.9)', default: 0.01, min: 0 },
  'classifier-batch': { type: 'integer', describe: 'its batch', default: 64, min: 1 },
} as const satisfies Record<string, OptionSpec>;

export const IMBALANCE_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  ...NETWORK,
  ...CELLS,
  ...STAGES,
  out: { type: 'string', describe: 'folder of the table and the stages (default: runs/imbalance)' },
};

export interface ImbalancePlan {
  readonly config: ImbalanceConfig;
  readonly methods: readonly Method[];
  readonly nFs: readonly number[];
  readonly seeds: readonly number[];
  readonly cells: readonly Cell[];
  readonly out: string;
}

/** Whole numbers of a list, each once, as given. */
function numbers(text: string, option: string, least: number): number[] {
  const list = text.split(',').map((word) => (word.trim() === '' ? Number.NaN : Number(word)));
  if (list.some((v) => !Number.isSafeInteger(v) || v < least)) throw new UsageError(`--${option} ${text} is no list of whole numbers of at least ${least}`, { fix: `e.g. --${option} ${option === 'seeds' ? '3, or 0,1,2' : '5,10,30,50'}` });
  return [...new Set(list)];
}

function seedsOf(text: string): number[] {
  const list = numbers(text, 'seeds', 0);
  if (text.includes(',')) return list;
  if (list[0] === 0) throw new UsageError('--seeds 0 is none', { fix: 'e.g. --seeds 3' });
  return Array.from({ length: list[0] }, (_, i) => i);
}

/** @throws UsageError when options do not go together. */
export async function imbalancePlan(argv: Parsed): Promise<ImbalancePlan> {
  const o = resolveOptions(IMBALANCE_OPTIONS, argv);
  const methods = parseMethods(String(o['methods']));
  const nFs = numbers(String(o['n-f']), 'n-f', 1);
  const seeds = seedsOf(String(o['seeds']));
  const minority = String(o['minority']);
  if (o['beta'] !== undefined) for (const name of ['beta-growth', 'beta-until']) if (argv[name] !== undefined) throw new UsageError(`--${name} is for a weight that grows, --beta is constant`, { fix: 'leave one of them out' });
  const config: ImbalanceConfig = {
    network: await trainConfig({ ...o, seed: 0 }, (name) => argv[name] !== undefined),
    minority: /^\d+$/.test(minority) ? Number(minority) : minority.split(',').map((name) => name.trim()),
    cap: o['cap'] === undefined ? null : Number(o['cap']),
    vae: {
      ...FEATURE_VAE, latent: Number(o['latent']), hidden: Number(o['vae-hidden']), epochs: Number(o['vae-epochs']), lr: Number(o['vae-lr']),
      beta: o['beta'] === undefined ? { kind: 'linear', perEpoch: Number(o['beta-growth']), until: Number(o['beta-until']) } : { kind: 'constant', beta: Number(o['beta']) },
    },
    head: { epochs: Number(o['classifier-epochs']), batch: Number(o['classifier-batch']), lr: Number(o['classifier-lr']), momentum: 0.9, weightDecay: 0 },
  };
  checkVaeConfig({ ...config.vae, seed: 0 });
  checkMethods(config, methods);
  const idle = isFrozen(config) ? OF_TRAINING.find((name) => argv[name] !== undefined) : undefined;
  if (idle !== undefined) throw new UsageError(`--${idle} is for training the network, of which --freeze backbone trains nothing`, { fix: 'leave it out; the classifier has --classifier-epochs, --classifier-lr and --classifier-batch' });
  // A seed's features and auto-encoder are wanted by several methods, one after the other.
  const cells = seeds.flatMap((seed) => nFs.flatMap((nF) => methods.map((method): Cell => ({ method, nF, seed }))));
  return { config, methods, nFs, seeds, cells, out: String(o['out'] ?? 'runs/imbalance') };
}

/** The command as one would type it, without where it writes. */
export function commandOf(argv: Parsed): string {
  const words = Object.keys(IMBALANCE_OPTIONS).flatMap((key) => {
    const value = argv[key];
    if (value === undefined || key === 'out') return [];
    return typeof value === 'boolean' ? [value ? `--${key}` : `--no-${key}`] : [`--${key}`, String(value)];
  });
  return ['weft imbalance', ...words].join(' ');
}
