/** What `weft imbalance` is to compute: the options, checked, and the cells of the table in the order of work. */
import { UsageError } from '../../device/errors.js';
import { checkMethods, isFrozen, type Cell, type ImbalanceConfig } from '../../imbalance/config.js';
import { parseMethods, type Method } from '../../imbalance/methods.js';
import { checkVaeConfig, FEATURE_VAE } from '../../vae/config.js';
import type { Parsed } from '../declare/declared.js';
import { suggest } from '../hints.js';
import type { OptionSource } from './config_file.js';
import { IMBALANCE_OPTIONS } from './imbalance_options.js';
import { resolveOptions } from './options.js';
import { IMBALANCE_PRESETS } from './presets.js';
import { trainConfig } from './train/training_config.js';
import { LOSS_OPTIONS, OPTIMIZER_OPTIONS, RECIPE_OPTIONS } from './train/recipe_options.js';

/** Options that say how the network is trained: of one that is frozen, they would change nothing. */
const OF_TRAINING = [
  'epochs',
  'optimizer',
  'lr',
  'augment',
  'head-lr',
  ...Object.keys(OPTIMIZER_OPTIONS),
  ...Object.keys(RECIPE_OPTIONS),
  ...Object.keys(LOSS_OPTIONS),
];

export interface ImbalancePlan {
  readonly config: ImbalanceConfig;
  readonly methods: readonly Method[];
  readonly nFs: readonly number[];
  readonly seeds: readonly number[];
  readonly cells: readonly Cell[];
  /** Where the vectors of the classes come from (null: their names); null: no method wants them. */
  readonly vectors: { readonly file: string | null } | null;
  readonly out: string;
}

/** Whole numbers of a list, each once, as given. */
function numbers(text: string, option: string, least: number): number[] {
  const list = text.split(',').map((word) => (word.trim() === '' ? Number.NaN : Number(word)));
  if (list.some((v) => !Number.isSafeInteger(v) || v < least))
    throw new UsageError(`--${option} ${text} is no list of whole numbers of at least ${least}`, {
      fix: `e.g. --${option} ${option === 'seeds' ? '3, or 0,1,2' : '5,10,30,50'}`,
    });
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
  const preset = presetOf(argv['name']);
  const o = resolveOptions(IMBALANCE_OPTIONS, argv, preset);
  const methods = parseMethods(String(o['methods']));
  const nFs = numbers(String(o['n-f']), 'n-f', 1);
  const seeds = seedsOf(String(o['seeds']));
  const minority = String(o['minority']);
  if (o['beta'] !== undefined)
    for (const name of ['beta-growth', 'beta-until'])
      if (argv[name] !== undefined)
        throw new UsageError(`--${name} is for a weight that grows, --beta is constant`, {
          fix: 'leave one of them out',
        });
  const config: ImbalanceConfig = {
    network: await trainConfig({ ...o, seed: 0 }, (name) => argv[name] !== undefined),
    minority: /^\d+$/.test(minority) ? Number(minority) : minority.split(',').map((name) => name.trim()),
    cap: o['cap'] === undefined ? null : Number(o['cap']),
    vae: {
      ...FEATURE_VAE,
      latent: Number(o['latent']),
      hidden: Number(o['vae-hidden']),
      epochs: Number(o['vae-epochs']),
      lr: Number(o['vae-lr']),
      beta:
        o['beta'] === undefined
          ? { kind: 'linear', perEpoch: Number(o['beta-growth']), until: Number(o['beta-until']) }
          : { kind: 'constant', beta: Number(o['beta']) },
    },
    pull: Number(o['k-means']),
    conditionalBeta: Number(o['cvae-beta']),
    classVectors: null,
    head: {
      epochs: Number(o['classifier-epochs']),
      batch: Number(o['classifier-batch']),
      lr: Number(o['classifier-lr']),
      momentum: 0.9,
      weightDecay: 0,
    },
  };
  checkVaeConfig({ ...config.vae, seed: 0 });
  checkMethods(config, methods);
  const wantsVectors = methods.some((m) => m.kind === 'head' && m.model === 'cada');
  if (o['class-vectors'] !== undefined && !wantsVectors)
    throw new UsageError('--class-vectors is for the method cada', {
      fix: 'leave it out, or add cada:30 to --methods',
    });
  const idle = isFrozen(config) ? OF_TRAINING.find((name) => argv[name] !== undefined) : undefined;
  if (idle !== undefined)
    throw new UsageError(`--${idle} is for training the network, of which --freeze backbone trains nothing`, {
      fix: 'leave it out; the classifier has --classifier-epochs, --classifier-lr and --classifier-batch',
    });
  // A seed's features and auto-encoder are wanted by several methods, one after the other.
  const cells = seeds.flatMap((seed) => nFs.flatMap((nF) => methods.map((method): Cell => ({ method, nF, seed }))));
  const vectors = wantsVectors ? { file: o['class-vectors'] === undefined ? null : String(o['class-vectors']) } : null;
  const out = String(o['out'] ?? (preset === null ? 'runs/imbalance' : `runs/imbalance-${String(argv['name'])}`));
  return { config, methods, nFs, seeds, cells, vectors, out };
}

/** @throws UsageError when there is no such preset. */
function presetOf(name: unknown): OptionSource | null {
  if (name === undefined) return null;
  const known = IMBALANCE_PRESETS.find((p) => p.name === name);
  if (known !== undefined) return { name: `preset ${known.name}`, values: known.options };
  const names = IMBALANCE_PRESETS.map((p) => p.name);
  const near = suggest(String(name), names);
  throw new UsageError(`there is no table "${String(name)}"`, {
    fix: near === undefined ? `use ${names.join(', ')}, or options alone` : `did you mean ${near}?`,
  });
}

/** The command as one would type it, without where it writes. */
export function commandOf(argv: Parsed): string {
  const words = Object.keys(IMBALANCE_OPTIONS).flatMap((key) => {
    const value = argv[key];
    if (value === undefined || key === 'out') return [];
    return typeof value === 'boolean' ? [value ? `--${key}` : `--no-${key}`] : [`--${key}`, String(value)];
  });
  const name = argv['name'] === undefined ? [] : [String(argv['name'])];
  return ['weft imbalance', ...name, ...words].join(' ');
}
