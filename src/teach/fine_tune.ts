/**
 * Training the last blocks of a backbone with the head, at a small rate and with mirrored pictures: for pictures that
 * look like nothing that it was trained on. A fold is held back. A head is trained on the others' features before and
 * after, in the same way, and the old backbone is kept unless the new one's head is better there.
 */
import { DeviceDataset } from '../data/device_dataset.js';
import type { HeldDataset } from '../data/dataset.js';
import { epochOrder } from '../data/sampler.js';
import type { Device } from '../device/device.js';
import { DataError, DivergedError } from '../device/errors.js';
import { NO_AUGMENTATION } from '../kernels/images/augment_settings.js';
import { manualSeed } from '../kernels/random/random.js';
import { freeze } from '../nn/freeze.js';
import { layerGroups } from '../nn/models/layer_groups.js';
import { modelSpec } from '../nn/models/registry.js';
import { Adam } from '../optim/optim.js';
import { cosineRate } from '../optim/schedules/formulas.js';
import { tensor, zeros } from '../tensor/tensor.js';
import { balancedWeights } from '../train/balance.js';
import { modelOf, restore, type Checkpoint } from '../train/checkpoint/checkpoint.js';
import { trainStep } from '../train/step/train_step.js';
import { Backbone } from './backbone.js';
import { dealFolds } from './folds.js';
import { headProbabilities, type Head } from './head.js';
import { likeliest } from './head_report.js';
import { taughtCheckpoint } from './taught_run.js';
import { trainHead, type TaughtRow, type TeachHooks } from './train_head.js';

/** A picture to learn from, with its pixels. */
export interface TaughtPicture extends TaughtRow {
  /** (C, H, W), as `Backbone.pixels` gives them. */
  readonly pixels: Uint8Array;
}

/** How blocks are trained; each has a default. */
export interface FineTuneOptions {
  /** Decides what is held back, the order of the pictures and which are mirrored. Default 0. */
  readonly seed?: number;
  /** Blocks before the head that are trained, the last ones (src/nn/models/layer_groups.ts). Default 2. */
  readonly blocks?: number;
  /** Default 4. */
  readonly epochs?: number;
  /** Adam's at the beginning; it falls to 0 along a cosine. Default 0.0003. */
  readonly lr?: number;
  /** Pictures of a step. Default 16. */
  readonly batch?: number;
  /** Whether all classes count the same. Default true. */
  readonly balance?: boolean;
}

/** Where fine-tuning stands. */
export interface FineTuneProgress {
  /** `blocks`: steps of training them; `features`: pictures whose features are computed anew. */
  readonly part: 'blocks' | 'features';
  readonly done: number;
  readonly total: number;
}

/** Of the pictures held back. */
export interface HeldFigures {
  /** Share of right answers. */
  readonly accuracy: number;
  /** Mean cross-entropy in nats. */
  readonly loss: number;
}

/** What came of it. */
export interface FineTuned {
  /** The new backbone, and each picture's features by it; null: it is not better, and the old one is kept. */
  readonly better: { readonly checkpoint: Checkpoint; readonly features: readonly Float32Array[] } | null;
  readonly before: HeldFigures;
  readonly after: HeldFigures;
  /** Pictures held back. */
  readonly held: number;
  /** The blocks that were trained, the head among them. */
  readonly trained: readonly string[];
  readonly seconds: number;
}

/** One of so many folds is held back. */
const FOLDS = 5;

const DEFAULTS = { seed: 0, blocks: 2, epochs: 4, lr: 3e-4, batch: 16, balance: true };

/** More right answers, or as many and surer ones. */
function isBetter(after: HeldFigures, before: HeldFigures): boolean {
  return after.accuracy > before.accuracy || (after.accuracy === before.accuracy && after.loss < before.loss);
}

/** The rows that are held back and the others. @throws DataError when two of a class do not remain. */
function holdBack(rows: readonly TaughtPicture[], classes: readonly string[], seed: number): [number[], number[]] {
  const { of } = dealFolds(rows, classes.length, FOLDS, seed);
  const all = Array.from(rows.keys());
  const [held, rest] = [all.filter((i) => of[i] === 0), all.filter((i) => of[i] !== 0)];
  const few = classes.filter((_, c) => rest.filter((i) => rows[i].class === c).length < 2);
  if (few.length > 0)
    throw new DataError(`[teach] fine-tuning holds pictures back, and too few of ${few.join(', ')} remain`, {
      fix: 'give each class three pictures at least, of several recordings',
    });
  return [held, rest];
}

function datasetOf(rows: readonly TaughtPicture[], classes: readonly string[], checkpoint: Checkpoint): HeldDataset {
  const { channels, height, width } = checkpoint.header.input;
  const size = channels * height * width;
  const images = new Uint8Array(rows.length * size);
  for (const [i, { pixels }] of rows.entries()) images.set(pixels, i * size);
  const labels = Uint32Array.from(rows, (row) => row.class);
  return { name: 'taught pictures', images, labels, count: rows.length, channels, height, width, classes };
}

/** What a head says of some rows. */
function figuresOf(head: Head, rows: readonly TaughtRow[]): HeldFigures {
  let [right, loss] = [0, 0];
  for (const { features, class: c } of rows) {
    const probabilities = headProbabilities(head, features);
    right += Number(likeliest(probabilities) === c);
    loss -= Math.log(Math.max(probabilities[c], Number.MIN_VALUE));
  }
  return { accuracy: right / rows.length, loss: loss / rows.length };
}

/** What of a training is not its progress. */
function quiet({ signal, pause }: TeachHooks<never>): Omit<TeachHooks<never>, 'onProgress'> {
  return { ...(signal === undefined ? {} : { signal }), ...(pause === undefined ? {} : { pause }) };
}

/** Says of a checkpoint which layers stood still: those of these parameters, as `matchKeys` reads it. */
function withFrozen({ header, ...rest }: Checkpoint, keys: Iterable<string>): Checkpoint {
  const { freeze: _, ...config } = header.config;
  const layers = [...new Set([...keys].map((key) => key.replace(/\.[^.]*$/, '')))].join();
  return { ...rest, header: { ...header, config: { ...config, ...(layers === '' ? {} : { freeze: layers }) } } };
}

/** The checkpoint after training its last blocks, and their names. */
async function trainBlocks(
  device: Device,
  checkpoint: Checkpoint,
  data: HeldDataset,
  { seed, blocks, epochs, lr, batch, balance }: Required<FineTuneOptions>,
  { signal, pause, onProgress }: TeachHooks<FineTuneProgress>,
): Promise<{ readonly checkpoint: Checkpoint; readonly trained: readonly string[] }> {
  const { head } = modelSpec(checkpoint.header.model);
  const { count, labels, classes } = data;
  const model = modelOf(checkpoint).to(device, { seed });
  restore(checkpoint, model, null);
  const groups = layerGroups(model, head, 'blocks');
  const first = Math.max(0, groups.names.length - 1 - blocks);
  const frozen = first > 0 ? freeze(model, (key) => groups.of(key) < first, groups.names.slice(0, first).join()) : [];
  const optimizer = new Adam(model, { lr }); // without decay: what is frozen has no gradient, and stays
  manualSeed(device, seed + 1);
  const resident = new DeviceDataset(device, data, checkpoint.header.normalization);
  const augmentation = { ...NO_AUGMENTATION, flip: 0.5 };
  const walk = resident.walk(epochOrder(count, 0, seed), { batch, augmentation });
  const totals = zeros(device, [3]);
  const classWeight = balance ? tensor(device, balancedWeights(labels, classes.length)) : null;
  for (const t of [totals, classWeight]) if (t !== null) device.keep(t.storage);
  const parts = { model, head, criterion: {}, optimizer, ema: null, walk, classWeight, fused: null, totals };
  const step = device.capture((size: number) => trainStep(parts, size));
  try {
    model.train();
    const perEpoch = Math.ceil(count / batch);
    const total = epochs * perEpoch;
    for (let n = 0; n < total; n++) {
      signal?.throwIfAborted();
      const within = n % perEpoch;
      if (within === 0 && n > 0) walk.restart(epochOrder(count, n / perEpoch, seed));
      const size = Math.min(batch, count - within * batch);
      await walk.load(size);
      optimizer.lr = cosineRate(n, total, lr, 0);
      step(size);
      const [loss] = await totals.read(); // waits: what is asked in between comes at once
      if (!Number.isFinite(loss))
        throw new DivergedError(`[teach] the loss became ${loss} in step ${n + 1} (rate ${lr})`, {
          fix: 'use a smaller lr',
        });
      onProgress?.({ part: 'blocks', done: n + 1, total });
      await pause?.();
    }
    const tensors = await model.stateDict();
    return { checkpoint: { ...withFrozen(checkpoint, frozen), tensors }, trained: groups.names.slice(first) };
  } finally {
    step.release();
    for (const part of [walk, resident, model, totals, classWeight]) part?.release();
  }
}

/** Each picture's features by a backbone. */
async function featuresOf(
  device: Device,
  checkpoint: Checkpoint,
  rows: readonly TaughtPicture[],
  batch: number,
  { signal, pause, onProgress }: TeachHooks<FineTuneProgress>,
): Promise<Float32Array[]> {
  const backbone = new Backbone(device, checkpoint);
  const features: Float32Array[] = [];
  try {
    while (features.length < rows.length) {
      signal?.throwIfAborted();
      const some = rows.slice(features.length, features.length + batch);
      features.push(...(await backbone.features(some.map(({ pixels }) => backbone.inputOf(pixels)))));
      onProgress?.({ part: 'features', done: features.length, total: rows.length });
      await pause?.();
    }
    return features;
  } finally {
    backbone.release();
  }
}

/**
 * Trains the last blocks of a backbone on taught pictures.
 * @param backbone the checkpoint that `rows` have their features of.
 * @throws DataError with too few pictures; DivergedError when the rate is too large; ModelError as `taughtCheckpoint`;
 * the signal's reason when it is told to end.
 */
export async function fineTune(
  device: Device,
  backbone: Checkpoint,
  rows: readonly TaughtPicture[],
  classes: readonly string[],
  options: FineTuneOptions = {},
  hooks: TeachHooks<FineTuneProgress> = {},
): Promise<FineTuned> {
  const settings = { ...DEFAULTS, ...options };
  const { seed, balance, batch } = settings;
  const started = performance.now();
  const [held, rest] = holdBack(rows, classes, seed);
  const headOf = async (of: readonly TaughtRow[]): ReturnType<typeof trainHead> =>
    trainHead(
      device,
      rest.map((i) => of[i]),
      classes,
      { seed, balance },
      quiet(hooks),
    );
  const heldOf = (of: readonly TaughtRow[]): TaughtRow[] => held.map((i) => of[i]);
  const { head, report } = await headOf(rows);
  const before = figuresOf(head, heldOf(rows));
  const start = taughtCheckpoint(backbone, { classes, head }, report);
  const pictures = datasetOf(
    rest.map((i) => rows[i]),
    classes,
    start,
  );
  const { checkpoint, trained } = await trainBlocks(device, start, pictures, settings, hooks);
  const features = await featuresOf(device, checkpoint, rows, batch, hooks);
  const anew = rows.map((row, i) => ({ ...row, features: features[i] }));
  const after = figuresOf((await headOf(anew)).head, heldOf(anew));
  return {
    better: isBetter(after, before) ? { checkpoint, features } : null,
    before,
    after,
    held: held.length,
    trained,
    seconds: (performance.now() - started) / 1000,
  };
}
