/** Training a variational auto-encoder on images or feature vectors. */
import { hostRandom } from '../data/host_random.js';
import { meanStd, type Normalization } from '../data/normalize.js';
import type { Device } from '../device/device.js';
import { UsageError } from '../device/errors.js';
import { manualSeed } from '../kernels/random/random.js';
import type { RawTensor } from '../nn/state/safetensors.js';
import type { Discriminator } from '../nn/vae/discriminator.js';
import { MlpVae } from '../nn/vae/mlp_vae.js';
import type { Vae } from '../nn/vae/vae.js';
import { Pacer } from '../train/pacer.js';
import { stepSizes } from '../train/batch_sizes.js';
import { classesOf, isImages, toDevice, type ResidentSource, type VaeSource } from './batches.js';
import { buildVae, vaeInputOf } from './build.js';
import { betaAt, checkVaeConfig, type VaeConfig } from './config.js';
import { featureStatistics } from './feature_statistics.js';
import { requireFiniteLoss, walkEpoch, type EpochWalk } from './epoch_walk.js';
import { measureVae, type VaeMeasures } from './measure.js';
import { objectiveOf, type Objective } from './objective.js';
import { worded } from '../text/wording.js';

/** One epoch. Means per image (or vector), in nats. */
export interface VaeEpoch {
  /** Counted from 1. */
  readonly epoch: number;
  readonly beta: number;
  /** Measured while the weights move. */
  readonly train: VaeMeasures;
  /** After the epoch, with the same noise every time; null without validation. */
  readonly validation: VaeMeasures | null;
  readonly seconds: number;
}

/** Where an epoch stands, for a progress line. */
export interface VaeStepReport {
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  readonly beta: number;
  /** Over the epoch so far. */
  readonly train: VaeMeasures;
  readonly perSecond: number;
  /** Seconds until the last epoch ends, at the present speed. */
  readonly eta: number;
}

/** What `trainVae` tells its caller on the way. */
export interface VaeHooks {
  /** Everything is checked and on the GPU, nothing is computed yet: from here on files may be written. */
  readonly onStart?: () => Promise<void>;
  readonly onCompile?: (done: number, total: number) => void;
  readonly onStep?: (report: VaeStepReport) => void;
  /** `isBest`: the model as it stands is the best so far. Awaited, so that it may be saved. */
  readonly onEpoch?: (
    history: readonly VaeEpoch[],
    isBest: boolean,
    model: Vae,
    normalization: Normalization | null,
  ) => Promise<void> | void;
  /** Asked before every step; a number ends the run. */
  readonly interrupted?: () => 130 | 143 | null;
  /** False: every step is recorded anew instead of replayed. The results are the same; default true. */
  readonly capture?: boolean;
}

/** What `trainVae` gives. */
export interface VaeResult {
  /** With the weights of the best epoch, in evaluation mode. The caller gives its memory back: `model.release()`. */
  readonly model: Vae;
  /** Of an adversarial auto-encoder, as it was after the last epoch; the caller gives its memory back too. */
  readonly critic: Discriminator | null;
  readonly history: readonly VaeEpoch[];
  /**
   * The epoch of the lowest validation total with the last beta; without validation, and of an adversarial one, the
   * last.
   */
  readonly bestEpoch: number;
  /**
   * What images are normalised with before the model sees them; null for features, whose statistics the model holds.
   */
  readonly normalization: Normalization | null;
}

// Keys of the uses of a seed. Each epoch's noise depends on the seed and its number alone.
const TRAINING_NOISE = 21;
const VALIDATION_NOISE = 22;

/** Seed of the noise that validation and test draw z with. */
export function validationNoise(seed: number): number {
  return hostRandom(seed, VALIDATION_NOISE).uint32();
}

/**
 * Trains, and returns the model of the best epoch. Touches no files.
 * @throws UsageError for what cannot work (bernoulli on features: they are no intensities in [0, 1]); DivergedError
 * when the loss or a weight is not a number; InterruptedError when `interrupted` says so.
 */
export async function trainVae(
  device: Device,
  config: VaeConfig,
  source: VaeSource,
  hooks: VaeHooks = {},
): Promise<VaeResult> {
  checkVaeConfig(config);
  if ((isImages(source) ? source.train.length : source.train.count) === 0)
    throw new UsageError('there is nothing to train on', { fix: 'hold fewer back for validation' });
  const normalization = normalizationOf(config, source);
  const model = buildVae(config, vaeInputOf(source), classesOf(source).length).to(device, { seed: config.seed });
  if (model instanceof MlpVae && !isImages(source)) {
    const { mean, std } = featureStatistics(source.train);
    model.setStatistics(mean, std);
  }
  const resident = toDevice(device, source, normalization, config.batch);
  const objective = objectiveOf(device, model, config, classesOf(source).length);
  const { critic } = objective;
  const run: Run = { device, config, hooks, model, objective, normalization, resident, pacer: new Pacer() };
  const body = (batch: number): void => {
    const { x, label } = resident.train.next(batch);
    objective.step(x, label);
  };
  const captured = (hooks.capture ?? true) ? device.capture(body) : null;
  let isDone = false;
  try {
    await hooks.onStart?.();
    for (const size of stepSizes(resident.train.count, config.batch)) await captured?.compile([size], hooks.onCompile);
    const { history, bestEpoch } = await runEpochs(run, captured ?? ((batch) => device.step(() => body(batch))));
    isDone = true;
    return { model: model.eval(), critic, history, bestEpoch, normalization };
  } finally {
    captured?.release();
    for (const part of [resident, objective, ...(isDone ? [] : [model, critic])]) part?.release();
  }
}

/** Bernoulli wants intensities in [0, 1]; gaussian, with its variance of 1, numbers of about that size. */
function normalizationOf({ loss }: VaeConfig, source: VaeSource): Normalization | null {
  if (isImages(source)) {
    const channels = Array.from({ length: source.data.channels });
    return loss === 'bernoulli'
      ? { mean: channels.map(() => 0), std: channels.map(() => 1) }
      : meanStd(source.data, source.train);
  }
  if (loss === 'bernoulli')
    throw new UsageError('the bernoulli loss is for intensities in [0, 1], features are any numbers', {
      fix: 'use the gaussian loss',
    });
  return null;
}

interface Run {
  readonly device: Device;
  readonly config: VaeConfig;
  readonly hooks: VaeHooks;
  readonly model: Vae;
  readonly objective: Objective;
  readonly normalization: Normalization | null;
  readonly resident: ResidentSource;
  readonly pacer: Pacer;
}

async function runEpochs(run: Run, step: (batch: number) => void): Promise<Pick<VaeResult, 'history' | 'bestEpoch'>> {
  const { device, config, model, objective, resident, hooks } = run;
  const lastBeta = betaAt(config.beta, config.epochs);
  const noise = validationNoise(config.seed);
  const history: VaeEpoch[] = [];
  let best: { readonly epoch: number; readonly total: number; readonly state: ReadonlyMap<string, RawTensor> } | null =
    null;
  for (let epoch = 1; epoch <= config.epochs; epoch++) {
    const began = performance.now();
    const beta = betaAt(config.beta, epoch);
    device.write(objective.beta.storage, Float32Array.of(beta));
    await objective.beforeEpoch(epoch, resident.train);
    manualSeed(device, hostRandom(config.seed, TRAINING_NOISE, epoch).uint32());
    const [reconstruction, kl] = await walkEpoch(walkOf(run, epoch, beta), epoch, step, ([error, divergence]) =>
      totalOf({ reconstruction: error, kl: divergence }, beta),
    );
    const train = { reconstruction, kl };
    const validation =
      resident.validation === null
        ? null
        : await measureVae(device, model, resident.validation, config.loss, noise, objective.critic);
    if (validation !== null)
      requireFiniteLoss(
        { lr: config.lr, fix: DIVERGED },
        [validation.reconstruction, validation.kl],
        `the validation loss became ${totalOf(validation, beta)} after epoch ${epoch}`,
      );
    history.push({ epoch, beta, train, validation, seconds: (performance.now() - began) / 1000 });
    // without validation the last is the best, and after a game, whose losses say nothing of its progress
    const isLastBest = validation === null || objective.critic !== null;
    const score = isLastBest ? -epoch : totalOf(validation, lastBeta);
    const isBest = best === null || score < best.total;
    if (isBest) best = { epoch, total: score, state: await model.stateDict() };
    await hooks.onEpoch?.(history, isBest, model, run.normalization);
  }
  const { epoch, state } = best as NonNullable<typeof best>;
  model.loadStateDict(state, `epoch ${epoch}`);
  return { history, bestEpoch: epoch };
}

const DIVERGED = worded`use a smaller {lr}; what was best before is kept`;

function walkOf({ device, config, hooks, objective, resident, pacer }: Run, epoch: number, beta: number): EpochWalk {
  const { epochs, batch, lr, seed } = config;
  const { sums, learning } = objective;
  return {
    device,
    train: resident.train,
    epochs,
    batch,
    lr,
    seed,
    sums: [sums.reconstruction, sums.kl],
    learning,
    pacer,
    fix: DIVERGED,
    interrupted: hooks.interrupted,
    onProgress: ({ means: [reconstruction, kl], ...at }) =>
      hooks.onStep?.({ epoch, beta, train: { reconstruction, kl }, ...at }),
  };
}

/** What training minimises, of its parts. */
export function totalOf({ reconstruction, kl }: VaeMeasures, beta: number): number {
  return reconstruction + beta * kl;
}
