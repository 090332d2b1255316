/** The options of `weft train` that choose its optimizer. */
import { UsageError } from '../../../device/errors.js';
import {
  defaultLr,
  defaultMoves,
  type FitConfig,
  type OptimizerConfig,
  type OptimizerName,
} from '../../../train/config.js';

/** Whose each setting is; weight decay is everybody's. */
const OWNERS: Readonly<Record<string, readonly OptimizerName[]>> = {
  momentum: ['sgd', 'rmsprop', 'muon'],
  nesterov: ['sgd', 'muon'],
  dampening: ['sgd'],
  betas: ['adam', 'adamw', 'lion', 'lamb', 'muon'],
  eps: ['adam', 'adamw', 'rmsprop', 'adagrad', 'lamb', 'muon'],
  alpha: ['rmsprop'],
  centered: ['rmsprop'],
  'lr-decay': ['adagrad'],
  'initial-accumulator': ['adagrad'],
  'trust-clip': ['lamb'],
  'always-adapt': ['lamb'],
  'adam-lr': ['muon'],
};

/** What these options make; the other settings of the part come from those of transfer and of the recipe. */
type OwnConfig = Omit<OptimizerConfig, 'headLr' | 'layerDecay' | 'clipNorm' | 'ema'>;

/** Two decays in [0, 1): `0.9,0.999`. @throws UsageError */
function betasOf(text: string): [number, number] {
  const betas = text.split(',').map((word) => (word.trim() === '' ? Number.NaN : Number(word)));
  if (betas.length !== 2 || betas.some((beta) => !(beta >= 0 && beta < 1)))
    throw new UsageError(`--betas "${text}" is not two numbers of at least 0 and below 1`, {
      fix: 'e.g. --betas 0.9,0.999',
    });
  return [betas[0], betas[1]];
}

/**
 * The part of a configuration that these options make.
 * @param isGiven on the command line: a file or a preset may hold settings of an optimizer that the command line has
 * changed.
 * @throws UsageError when a setting belongs to another optimizer.
 */
export function optimizerOf(
  o: Readonly<Record<string, unknown>>,
  schedule: FitConfig['schedule'],
  isGiven: (name: string) => boolean,
): OwnConfig {
  const optimizer = o['optimizer'] as OptimizerName;
  const isOwn = (name: string): boolean => OWNERS[name].includes(optimizer);
  const foreign = Object.keys(OWNERS).find((name) => isGiven(name) && !isOwn(name));
  if (foreign !== undefined)
    throw new UsageError(`--${foreign} is for ${OWNERS[foreign].join(', ')}; the optimizer is ${optimizer}`, {
      fix: `leave it out, or give --optimizer ${OWNERS[foreign][0]}`,
    });
  const number = (name: string): number | undefined =>
    isOwn(name) && o[name] !== undefined ? Number(o[name]) : undefined;
  const [dampening, eps, alpha, lrDecay, initialAccumulator, adamLr] = [
    'dampening',
    'eps',
    'alpha',
    'lr-decay',
    'initial-accumulator',
    'adam-lr',
  ].map(number);
  const usual = defaultMoves(optimizer);
  const momentum = Number(o['momentum'] ?? usual.momentum);
  const nesterov = (o['nesterov'] ?? usual.nesterov) === true;
  if (nesterov && optimizer === 'sgd' && (momentum === 0 || (dampening ?? 0) !== 0))
    throw new UsageError('--nesterov needs a momentum above 0 and no dampening', {
      fix: 'leave out --dampening, and give e.g. --momentum 0.9',
    });
  const weightDecay = Number(o['weight-decay'] ?? usual.weightDecay);
  const isOnWeights = o['decay-on'] === 'weights';
  if (isOnWeights && weightDecay === 0)
    throw new UsageError('--decay-on weights says what decays, and nothing does', {
      fix: 'give e.g. --weight-decay 0.05',
    });
  const flag = (name: string): boolean => isOwn(name) && o[name] === true;
  return {
    optimizer,
    lr: Number(o['lr'] ?? defaultLr(optimizer, schedule)),
    momentum,
    nesterov,
    weightDecay,
    ...(isOnWeights ? { decayOn: 'weights' } : {}),
    ...(dampening === undefined ? {} : { dampening }),
    ...(isOwn('betas') && o['betas'] !== undefined ? { betas: betasOf(String(o['betas'])) } : {}),
    ...(eps === undefined ? {} : { eps }),
    ...(alpha === undefined ? {} : { alpha }),
    ...(flag('centered') ? { centered: true } : {}),
    ...(flag('trust-clip') ? { trustClip: true } : {}),
    ...(flag('always-adapt') ? { alwaysAdapt: true } : {}),
    ...(adamLr === undefined ? {} : { adamLr }),
    ...(lrDecay === undefined ? {} : { lrDecay }),
    ...(initialAccumulator === undefined ? {} : { initialAccumulator }),
  };
}
