/** Training a variational auto-encoder on images or feature vectors. */
import { backward } from '../autograd/graph.js';
import { hostRandom } from '../data/host_random.js';
import { meanStd, type Normalization } from '../data/normalize.js';
import { epochOrder } from '../data/sampler.js';
import type { Device } from '../device/device.js';
import { DivergedError, InterruptedError, UsageError } from '../device/errors.js';
import { add_ } from '../kernels/elementwise/accumulate.js';
import { manualSeed } from '../kernels/random/random.js';
import type { RawTensor } from '../nn/state/safetensors.js';
import { vaeLoss, vaeLossParts } from '../nn/vae/loss.js';
import { MlpVae } from '../nn/vae/mlp_vae.js';
import type { Vae } from '../nn/vae/vae.js';
import { zeros, type Tensor } from '../tensor/tensor.js';
import { Adam, type Optimizer } from '../optim/optim.js';
import { Pacer } from '../train/pacer.js';
import { stepSizes } from '../train/batch_sizes.js';
import { classesOf, isImages, toDevice, type Batches, type ResidentSource, type VaeSource } from './batches.js';
import { buildVae, vaeInputOf } from './build.js';
import { betaAt, checkVaeConfig, type VaeConfig } from './config.js';
import { featureStatistics } from './feature_statistics.js';
import { requireFiniteNumbers } from '../train/weight_watch.js';
import { measureVae, type VaeMeasures } from './measure.js';
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
  readonly history: readonly VaeEpoch[];
  /** The epoch of the lowest validation total with the last beta; without validation the last. */
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
  const optimizer = new Adam(model, { lr: config.lr });
  const run: Run = {
    device,
    config,
    hooks,
    model,
    optimizer,
    normalization,
    resident,
    beta: zeros(device, []),
    totals: { reconstruction: zeros(device, []), kl: zeros(device, []) },
    pacer: new Pacer(),
  };
  const body = (batch: number): void => {
    const { x, label } = resident.train.next(batch);
    optimizer.zeroGrad();
    const parts = vaeLossParts(model.forward(x, config.conditional ? label : null), config.loss);
    backward(vaeLoss(parts, run.beta, batch));
    optimizer.step();
    add_(run.totals.reconstruction, parts.reconstruction);
    add_(run.totals.kl, parts.kl);
  };
  const captured = (hooks.capture ?? true) ? device.capture(body) : null;
  let isDone = false;
  try {
    await hooks.onStart?.();
    for (const size of stepSizes(resident.train.count, config.batch)) await captured?.compile([size], hooks.onCompile);
    const { history, bestEpoch } = await runEpochs(run, captured ?? ((batch) => device.step(() => body(batch))));
    isDone = true;
    return { model: model.eval(), history, bestEpoch, normalization };
  } finally {
    captured?.release();
    for (const part of [
      resident,
      run.beta.storage,
      run.totals.reconstruction.storage,
      run.totals.kl.storage,
      isDone ? null : model,
    ])
      part?.release();
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
  readonly optimizer: Optimizer;
  readonly normalization: Normalization | null;
  readonly resident: ResidentSource;
  /** () in GPU memory: replayed steps see it change. */
  readonly beta: Tensor;
  /** Sums of the epoch so far, each (). */
  readonly totals: { readonly reconstruction: Tensor; readonly kl: Tensor };
  readonly pacer: Pacer;
}

async function runEpochs(run: Run, step: (batch: number) => void): Promise<Pick<VaeResult, 'history' | 'bestEpoch'>> {
  const { device, config, model, resident, hooks } = run;
  const lastBeta = betaAt(config.beta, config.epochs);
  const history: VaeEpoch[] = [];
  let best: { readonly epoch: number; readonly total: number; readonly state: ReadonlyMap<string, RawTensor> } | null =
    null;
  for (let epoch = 1; epoch <= config.epochs; epoch++) {
    const began = performance.now();
    const beta = betaAt(config.beta, epoch);
    device.write(run.beta.storage, Float32Array.of(beta));
    manualSeed(device, hostRandom(config.seed, TRAINING_NOISE, epoch).uint32());
    const train = await runEpoch(run, step, epoch, beta);
    await requireFiniteNumbers(model, run.optimizer.state(), {
      when: `by the end of epoch ${epoch} (learning rate ${config.lr})`,
      fix: worded`use a smaller {lr}; what was best before is kept`,
    });
    const validation =
      resident.validation === null
        ? null
        : await measureVae(device, model, resident.validation, config.loss, validationNoise(config.seed));
    if (validation !== null)
      requireFinite(config, validation, `the validation loss became ${totalOf(validation, beta)} after epoch ${epoch}`);
    history.push({ epoch, beta, train, validation, seconds: (performance.now() - began) / 1000 });
    // without validation the last is the best
    const score = validation === null ? -epoch : totalOf(validation, lastBeta);
    const isBest = best === null || score < best.total;
    if (isBest) best = { epoch, total: score, state: await model.stateDict() };
    await hooks.onEpoch?.(history, isBest, model, run.normalization);
  }
  const { epoch, state } = best as NonNullable<typeof best>;
  model.loadStateDict(state, `epoch ${epoch}`);
  return { history, bestEpoch: epoch };
}

/** What training minimises, of its parts. */
export function totalOf({ reconstruction, kl }: VaeMeasures, beta: number): number {
  return reconstruction + beta * kl;
}

function requireFinite({ lr }: VaeConfig, { reconstruction, kl }: VaeMeasures, what: string): void {
  if (Number.isFinite(reconstruction) && Number.isFinite(kl)) return;
  throw new DivergedError(`${what} (learning rate ${lr})`, {
    fix: worded`use a smaller {lr}; what was best before is kept`,
  });
}

async function runEpoch(run: Run, step: (batch: number) => void, epoch: number, beta: number): Promise<VaeMeasures> {
  const { device, config, hooks, totals, pacer } = run;
  const batches: Batches = run.resident.train;
  batches.restart(epochOrder(batches.count, epoch, config.seed));
  for (const t of [totals.reconstruction, totals.kl]) device.clear(t.storage);
  const steps = Math.ceil(batches.count / config.batch);
  let train: VaeMeasures = { reconstruction: 0, kl: 0 };
  pacer.restart();
  for (let i = 0; i < steps; i++) {
    const signal = hooks.interrupted?.() ?? null;
    if (signal !== null) throw new InterruptedError(`stopped in epoch ${epoch} after ${i} steps`, signal);
    const size = Math.min(config.batch, batches.count - i * config.batch);
    await batches.load(size);
    step(size);
    if (!pacer.tick() && i + 1 < steps) continue;
    const sums = await Promise.all([totals.reconstruction.item(), totals.kl.item()]);
    pacer.waited();
    const done = i * config.batch + size;
    train = { reconstruction: sums[0] / done, kl: sums[1] / done };
    requireFinite(
      config,
      train,
      `the loss became ${totalOf(train, beta)} in epoch ${epoch}, by step ${i + 1} of ${steps}`,
    );
    const perStep = pacer.median();
    const left = steps - i - 1 + (config.epochs - epoch) * steps;
    hooks.onStep?.({
      epoch,
      step: i + 1,
      steps,
      beta,
      train,
      perSecond: (1000 * config.batch) / perStep,
      eta: (left * perStep) / 1000,
    });
  }
  return train;
}
