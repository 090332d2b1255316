/** What `weft vae` trains and measures on: images, or the features that a run's model makes of them. */
import { loadDataset } from '../data/load.js';
import { inputSize, type DatasetSplits, type ImageDataset } from '../data/dataset.js';
import { DeviceDataset } from '../data/device_dataset.js';
import { selectFeatures, type FeatureSet } from '../data/feature_set.js';
import { hostRandom } from '../data/host_random.js';
import type { Normalization } from '../data/normalize.js';
import { trainingSplit } from '../data/sampler.js';
import type { Device } from '../device/device.js';
import { modelSpec } from '../nn/models/registry.js';
import { modelOf, readCheckpoint, restore, type Checkpoint } from '../train/checkpoint/checkpoint.js';
import type { FitConfig, ReadingConfig } from '../train/config.js';
import { inModelClasses } from '../inference/evaluate_checkpoint.js';
import { extractFeatures } from '../inference/extract_features.js';
import { RunFolder } from '../report/run_folder.js';
import { featureBatches, imageBatches, inOrder, type Batches, type VaeSource } from '../vae/batches.js';
import type { VaeConfig } from '../vae/config.js';
import { imageConfig, loadFor, loadOptionsOf, notesOf, sayUnusedSplit } from './options/images.js';
import { say } from './output.js';

/** A part that is only looked at. */
export interface VaePart {
  readonly name: 'test' | 'validation' | 'training';
  /** The images themselves, or the features. */
  readonly data: ImageDataset | FeatureSet;
  readonly indices: Uint32Array;
}

export interface VaeData {
  readonly source: VaeSource;
  /** What the trained model is measured on. */
  readonly measured: VaePart;
  readonly classes: readonly string[];
  /** Numbers that a reconstruction has. */
  readonly size: number;
}

/** Files are read and checked; features are still to be made. */
export interface VaeFiles {
  readonly train: ImageDataset;
  readonly test: ImageDataset | null;
  readonly split: { readonly train: Uint32Array; readonly validation: Uint32Array };
  readonly checkpoint: Checkpoint | null;
}

/** Of resolved VAE_OPTIONS. @throws DataError or ModelError for what cannot be read or does not fit. */
export async function readVaeData(o: Readonly<Record<string, unknown>>, config: VaeConfig): Promise<VaeFiles> {
  const checkpoint =
    o['features'] === undefined
      ? null
      : await readCheckpoint(new RunFolder(String(o['features'])).file('best.safetensors'));
  const run = checkpoint?.header.config;
  const { train, test } =
    run === undefined
      ? await loadFor(String(o['data']), { ...(await imageConfig(o)), seed: config.seed }, o)
      : await loadAsRun(String(o['data']), run);
  if (run !== undefined) sayUnusedSplit(o, train);
  if (checkpoint !== null) inModelClasses(checkpoint, train); // throws
  // The run's model has seen its training images: what it held back is held back here too.
  const [share, seed] =
    run === undefined || o['val-split'] !== undefined
      ? [Number(o['val-split'] ?? 0.1), config.seed]
      : [run.valSplit, run.seed];
  return { train, test, split: trainingSplit(train, share, seed), checkpoint };
}

/** The data need not be those of the run: what its options say of tables and pictures may be about none of these. */
async function loadAsRun(spec: string, run: ReadingConfig & Pick<FitConfig, 'seed'>): Promise<DatasetSplits> {
  const splits = await loadDataset(spec, loadOptionsOf(run));
  for (const note of notesOf(splits)) say(note);
  return splits;
}

export async function vaeDataOf(device: Device, { train, test, split, checkpoint }: VaeFiles): Promise<VaeData> {
  const held = split.validation.length > 0;
  const name = test !== null ? 'test' : held ? 'validation' : 'training';
  const indices = test !== null ? inOrder(test.count) : held ? split.validation : split.train;
  const { classes } = train;
  if (checkpoint === null) {
    const [height, width] = inputSize(train);
    return {
      source: { data: train, ...split },
      measured: { name, data: test ?? train, indices },
      classes,
      size: train.channels * height * width,
    };
  }
  const all = await featuresOf(device, checkpoint, train);
  const tested = test === null ? all : await featuresOf(device, checkpoint, test);
  const source = {
    train: selectFeatures(all, split.train),
    validation: held ? selectFeatures(all, split.validation) : null,
  };
  return { source, measured: { name, data: tested, indices }, classes, size: all.width };
}

async function featuresOf(device: Device, checkpoint: Checkpoint, data: ImageDataset): Promise<FeatureSet> {
  const { header } = checkpoint;
  const model = modelOf(checkpoint).to(device);
  restore(checkpoint, model, null);
  try {
    const set = await extractFeatures(device, model, modelSpec(header.model).head, data, header.normalization);
    say(`${data.name}: ${set.count} vectors of ${set.width} features from ${checkpoint.file}`);
    return set;
  } finally {
    model.release();
  }
}

/** Runs `body` over a part, or over at most `limit` of it drawn by `seed`. */
export async function withPart<T>(
  device: Device,
  { data, indices }: VaePart,
  normalization: Normalization | null,
  limit: number | null,
  seed: number,
  body: (batches: Batches, labels: Uint32Array) => Promise<T>,
): Promise<T> {
  const chosen =
    limit === null || indices.length <= limit ? indices : hostRandom(seed).shuffle(indices.slice()).slice(0, limit);
  const resident = 'features' in data ? null : new DeviceDataset(device, data, normalization as Normalization);
  const batches =
    resident === null
      ? featureBatches(device, selectFeatures(data as FeatureSet, chosen))
      : imageBatches(resident, chosen);
  try {
    return await body(
      batches,
      chosen.map((i) => data.labels[i]),
    );
  } finally {
    for (const part of [batches, resident]) part?.release();
  }
}
