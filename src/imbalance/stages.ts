/**
 * The three stages (after "Fashion style classification under class imbalance"): a network trained on the imbalanced
 * images gives the features x, a variational auto-encoder learns q(z|x), a linear layer classifies (x, z). Each stage
 * is kept and found again.
 */
import { fileInfo, joinPath } from '#platform';
import { formatClassFactors } from '../data/tables/class_factors.js';
import type { ImageDataset } from '../data/dataset.js';
import { selectFeatures, type FeatureSet } from '../data/feature_set.js';
import { InterruptedError } from '../device/errors.js';
import { whenFree, withFolder } from '../device/files/outputs.js';
import { selectImages } from '../data/select_images.js';
import type { Device } from '../device/device.js';
import { buildModel, modelSpec } from '../nn/models/registry.js';
import { modelOf, readCheckpoint, restore, type Checkpoint } from '../train/checkpoint/checkpoint.js';
import type { TrainConfig } from '../train/config.js';
import { extractFeatures } from '../inference/extract_features.js';
import { inputOf } from '../train/model.js';
import { expectedNormalization, isHalf, normalizationOf } from '../train/normalization.js';
import { train, type TrainHooks } from '../train/trainer.js';
import { loadPretrained, readPretrained } from '../train/pretrained.js';
import { requireFetched } from '../train/published/named_weights.js';
import { isFrozen, type Cell, type ImbalanceConfig, type StageFolders } from './config.js';
import { fewShot, type FewShot } from './few_shot.js';
import type { Method } from './methods.js';
import { loadArrays, saveArrays, type StoredArray, type StoredArrays } from './stage_files.js';

export interface StageHooks extends Pick<
  TrainHooks,
  'onStep' | 'onCompile' | 'onEpoch' | 'interrupted' | 'onPretrained'
> {
  /** What is being done now. */
  readonly onStage?: (what: string) => void;
  readonly onFeatures?: (done: number, total: number) => void;
}

/** What all cells share. */
export interface ImbalanceRun {
  readonly device: Device;
  readonly config: ImbalanceConfig;
  readonly data: { readonly train: ImageDataset; readonly test: ImageDataset };
  readonly hooks: StageHooks;
}

/** The images of one seed and n_f. */
export function settingOf({ config, data }: Pick<ImbalanceRun, 'config' | 'data'>, { nF, seed }: Cell): FewShot {
  return fewShot(data.train, {
    minority: config.minority,
    cap: config.cap,
    nF,
    seed,
    valSplit: config.network.valSplit,
  });
}

/** Its training images, then those for validation: too many to be handed over as arguments. */
export function imagesOf({ train: own, validation }: FewShot): Uint32Array {
  const indices = new Uint32Array(own.length + validation.length);
  indices.set(own);
  indices.set(validation, own.length);
  return indices;
}

/** How the network of a method is trained. */
export function networkConfig(
  { config, data }: Pick<ImbalanceRun, 'config' | 'data'>,
  { method, seed }: Cell,
  { isMinority }: FewShot,
): TrainConfig {
  const base: TrainConfig = { ...config.network, seed };
  const each = formatClassFactors(
    data.train.classes.filter((_, c) => isMinority[c]).map((name) => [name, method.factor]),
  );
  switch (method.kind) {
    case 'oversample':
      return { ...base, oversample: each };
    case 'augment':
      return { ...base, augmentClass: each };
    case 'weights':
      return { ...base, classWeights: 'balanced' };
    default:
      return base;
  }
}

/**
 * Stage 1: trains a network on the images of the setting, goes on where it was stopped, or reads it; of its best epoch.
 */
export async function trainedNetwork(
  run: ImbalanceRun,
  cell: Cell,
  setting: FewShot,
  folder: string,
): Promise<Checkpoint> {
  const { device, hooks, data } = run;
  const files = { last: joinPath(folder, 'last.safetensors'), best: joinPath(folder, 'best.safetensors') };
  const config = networkConfig(run, cell, setting);
  return withFolder(folder, async () => {
    const resume = (await fileInfo(files.last)) === null ? null : await readCheckpoint(files.last);
    if (resume === null || resume.header.progress.epoch < config.epochs) {
      hooks.onStage?.(`training ${config.model}`);
      const indices = imagesOf(setting);
      await train(device, config, selectImages(data.train, indices, setting.train.length), files, hooks, resume);
    }
    return readCheckpoint(files.best);
  });
}

/** Something of the images for training, for validation and for testing. */
export interface Parts<T> {
  readonly train: T;
  readonly validation: T;
  readonly test: T;
}

/** What the network makes of the images of a cell. */
export type Features = Parts<FeatureSet>;

export function ofParts<T>(of: (part: keyof Parts<T>) => T): Parts<T> {
  return { train: of('train'), validation: of('validation'), test: of('test') };
}

/** The features of the setting's images and of the test images: of the plain network, or of the pretrained one. */
export async function featuresOf(
  run: ImbalanceRun,
  cell: Cell,
  setting: FewShot,
  folders: StageFolders,
): Promise<Features> {
  const { config, data } = run;
  const frozen = isFrozen(config);
  const indices = imagesOf(setting);
  const images = frozen ? data.train : selectImages(data.train, indices);
  const asSet = ({ name: of, labels, count, classes }: ImageDataset, features: Float32Array): FeatureSet => ({
    name: of,
    features,
    labels,
    count,
    width: features.length / count,
    classes,
  });
  const found = async (): Promise<StoredArrays> =>
    (await loadArrays(folders.features, FEATURES)) ?? makeFeatures(run, cell, setting, folders, images);
  // those of a pretrained network are shared by processes that have other seeds
  const stored = frozen ? await whenFree(folders.features, found, goingOn(run)) : await found();
  const all = asSet(images, stored['train'].values);
  const at = (from: number, to: number): Uint32Array =>
    frozen ? indices.subarray(from, to) : Uint32Array.from({ length: to - from }, (_, i) => from + i);
  return {
    train: selectFeatures(all, at(0, setting.train.length)),
    validation: selectFeatures(all, at(setting.train.length, indices.length)),
    test: asSet(data.test, stored['test'].values),
  };
}

const FEATURES = 'features.safetensors';

/** What is done while one waits: it is said once, and a signal ends it. */
function goingOn({ hooks }: ImbalanceRun): () => void {
  let hasSaid = false;
  return () => {
    if (!hasSaid) hooks.onStage?.('waiting for the features, which another process makes');
    hasSaid = true;
    const signal = hooks.interrupted?.() ?? null;
    if (signal !== null) throw new InterruptedError('stopped before the features', signal);
  };
}

async function makeFeatures(
  run: ImbalanceRun,
  cell: Cell,
  setting: FewShot,
  folders: StageFolders,
  images: ImageDataset,
): Promise<StoredArrays> {
  const { device, config, data, hooks } = run;
  const made = isFrozen(config) ? await pretrainedNetwork(run) : await networkOf(run, cell, setting, folders);
  hooks.onStage?.(`features of ${images.count + data.test.count} images`);
  const array = async (set: ImageDataset): Promise<StoredArray> => {
    const { features, count, width } = await extractFeatures(
      device,
      made.model,
      modelSpec(config.network.model).head,
      set,
      made.normalization,
      hooks.onFeatures,
    );
    return { values: features, shape: [count, width] };
  };
  const stored = { train: await array(images), test: await array(data.test) };
  made.model.release();
  await saveArrays(folders.features, FEATURES, stored);
  return stored;
}

type ReadyNetwork = {
  readonly model: ReturnType<typeof buildModel>;
  readonly normalization: Checkpoint['header']['normalization'];
};

async function networkOf(
  run: ImbalanceRun,
  cell: Cell,
  setting: FewShot,
  folders: StageFolders,
): Promise<ReadyNetwork> {
  const plain: Method = { name: 'plain', kind: 'plain', factor: 1 };
  const checkpoint = await trainedNetwork(run, { ...cell, method: plain }, setting, folders.network);
  const model = modelOf(checkpoint).to(run.device);
  restore(checkpoint, model, null);
  return { model, normalization: checkpoint.header.normalization };
}

async function pretrainedNetwork({ device, config: { network }, data, hooks }: ImbalanceRun): Promise<ReadyNetwork> {
  const file = await readPretrained(await requireFetched(String(network.pretrained), network.model));
  const model = buildModel(network.model, inputOf(data.train)).to(device, { seed: network.seed });
  const all = Uint32Array.from({ length: data.train.count }, (_, i) => i);
  const normalization = normalizationOf(network.normalize, data.train, all, expectedNormalization(network.model, file));
  const loaded = loadPretrained(model, modelSpec(network.model).head, file);
  hooks.onPretrained?.({ ...loaded, isRescaled: isHalf(normalization) });
  return { model, normalization };
}
