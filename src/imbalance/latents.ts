/** The second stage: an auto-encoder of the plain network's features. What it makes is kept and found again. */
import { fileInfo, joinPath, makeDirectory, writeFileAtomic } from '#platform';
import { noGrad } from '../autograd/graph.js';
import { selectFeatures, type FeatureSet } from '../data/feature_set.js';
import { hostRandom } from '../data/host_random.js';
import { DivergedError, InterruptedError } from '../device/errors.js';
import { manualSeed, randn } from '../kernels/random/random.js';
import type { Vae } from '../nn/vae/vae.js';
import { tensor } from '../tensor/tensor.js';
import { toCsv } from '../report/csv.js';
import { worded } from '../text/wording.js';
import { inOrder } from '../vae/batches.js';
import { latentChart } from '../vae/charts.js';
import { trainAlignedVaes } from '../vae/aligned.js';
import { featureStatistics, standardise } from '../vae/feature_statistics.js';
import { vaeHistoryCsv } from '../vae/history_csv.js';
import { encodeAll, type EncodedSet } from '../vae/measure.js';
import { readVae, saveVae } from '../vae/model_file.js';
import type { VaeConfig } from '../vae/config.js';
import { principalPlane } from '../vae/pca.js';
import { trainVae } from '../vae/trainer.js';
import type { LatentConfig } from './config.js';
import { loadArrays, saveArrays, type StoredArray, type StoredArrays } from './stage_files.js';
import type { Features, ImbalanceRun, Parts } from './stages.js';

const LATENTS = 'latents.safetensors';
const MODEL = 'model.safetensors';
/** Points of a latent space that are drawn: more would hide each other. */
const SHOWN_POINTS = 3000;
/** Made-up features of a batch. */
const DRAWN_AT_ONCE = 1024;
// Key of the use of a seed.
const MADE_UP = 32;

/** Trains the auto-encoder, or finds what it made of the features. */
export async function latentsOf(
  run: ImbalanceRun,
  config: LatentConfig,
  seed: number,
  features: Features,
  plain: Parts<FeatureSet>,
  folder: string,
): Promise<StoredArrays> {
  const stored = await loadArrays(folder, LATENTS);
  if (stored !== null) return stored;
  const { encoded, history } = await encodedBy(run, config, seed, features, plain);
  const made: Record<string, StoredArray> = {};
  for (const [part, { mean, logVar }] of Object.entries(encoded)) {
    const shape = [mean.length / run.config.vae.latent, run.config.vae.latent];
    Object.assign(made, { [`${part}.mean`]: { values: mean, shape }, [`${part}.logVar`]: { values: logVar, shape } });
  }
  await makeDirectory(folder);
  // before the file that says that the stage is done
  writeFileAtomic(joinPath(folder, 'metrics.csv'), history);
  writeFileAtomic(
    joinPath(folder, 'latent.png'),
    await picture(encoded.test.mean, run.config.vae.latent, features.test),
  );
  await saveArrays(folder, LATENTS, made);
  return made;
}

async function encodedBy(
  run: ImbalanceRun,
  config: LatentConfig,
  seed: number,
  features: Features,
  plain: Parts<FeatureSet>,
): Promise<{ encoded: Parts<EncodedSet> & { readonly classes?: EncodedSet }; history: string }> {
  const { device } = run;
  const { interrupted } = begin(run);
  if (config.kind === 'vae') {
    const { model, critic, history } = await trainVae(device, { ...config.vae, seed }, features, { interrupted }).catch(
      autoEncoderFailed,
    );
    try {
      return { encoded: await encodedParts(run, model, features), history: vaeHistoryCsv(history) };
    } finally {
      for (const part of [model, critic]) part?.release();
    }
  }
  const classes = classSet(config.vectors.values, features.train.classes);
  const { model, history } = await trainAlignedVaes(
    device,
    { ...config.aligned, seed },
    plain.train,
    classes.features as Float32Array<ArrayBuffer>,
    { interrupted },
  ).catch(autoEncoderFailed);
  try {
    const described = await encodeAll(device, model.vectors, classes);
    const encoded = { ...(await encodedParts(run, model.features, plain)), classes: described };
    const columns = ['epoch', 'reconstruction', 'kl', 'cross', 'distance', 'seconds'] as const;
    return {
      encoded,
      history: toCsv(
        columns,
        history.map((epoch) => columns.map((column) => epoch[column])),
      ),
    };
  } finally {
    model.release();
  }
}

async function encodedParts({ device }: ImbalanceRun, model: Vae, sets: Parts<FeatureSet>): Promise<Parts<EncodedSet>> {
  const [train, validation] = [
    await encodeAll(device, model, sets.train),
    await encodeAll(device, model, sets.validation),
  ];
  return { train, validation, test: await encodeAll(device, model, sets.test) };
}

/** @throws InterruptedError when the run has been asked to stop. */
function begin({ config, hooks }: ImbalanceRun): Pick<ImbalanceRun['hooks'], 'interrupted'> {
  const signal = hooks.interrupted?.() ?? null;
  if (signal !== null) throw new InterruptedError('stopped before the auto-encoder', signal);
  hooks.onStage?.(`training the auto-encoder, ${config.vae.epochs} epochs`);
  return hooks;
}

/** Vectors of the classes, standardised as features are. */
function classSet(values: readonly number[], classes: readonly string[]): FeatureSet {
  const width = values.length / classes.length;
  const features = Float32Array.from(values);
  const set = { name: 'classes', features, labels: inOrder(classes.length), count: classes.length, width, classes };
  const { mean, std } = featureStatistics(set);
  return standardise(set, mean, std);
}

function picture(mean: Float32Array, latent: number, { labels, classes, name }: FeatureSet): Promise<Uint8Array> {
  const count = Math.min(labels.length, SHOWN_POINTS);
  const chosen = hostRandom(0).shuffle(inOrder(labels.length)).slice(0, count).sort();
  const shown = selectFeatures({ name, features: mean, labels, count: labels.length, width: latent, classes }, chosen);
  const plane = principalPlane(shown.features, count, latent);
  return latentChart(plane, shown.labels, classes, `Latent means of ${count} test features`);
}

/** Features that a conditional auto-encoder draws for the minority classes, standardised: factor - 1 for each image. */
export async function drawnFeatures(
  run: ImbalanceRun,
  vae: VaeConfig,
  features: Features,
  factor: readonly number[],
  folder: string,
): Promise<FeatureSet> {
  const { device } = run;
  const file = joinPath(folder, MODEL);
  if ((await fileInfo(file)) === null) await trainConditional(run, vae, features, folder);
  const { model, tensors } = await readVae(file);
  const own = model.to(device);
  own.loadStateDict(tensors, file);
  const wanted = Uint32Array.from([...features.train.labels].flatMap((c) => new Array<number>(factor[c] - 1).fill(c)));
  const { mean, std } = featureStatistics(features.train);
  const { width } = features.train;
  const drawn = new Float32Array(wanted.length * width);
  manualSeed(device, hostRandom(vae.seed, MADE_UP).uint32());
  try {
    for (let start = 0; start < wanted.length; start += DRAWN_AT_ONCE) {
      const label = tensor(device, wanted.slice(start, start + DRAWN_AT_ONCE));
      const x = device.step(() => noGrad(() => own.decode(randn(device, [label.shape[0], own.latent]), label)));
      drawn.set((await x.read()) as Float32Array, start * width);
      for (const t of [x, label]) t.release();
    }
  } finally {
    own.release();
  }
  return standardise({ ...features.train, features: drawn, labels: wanted, count: wanted.length }, mean, std);
}

async function trainConditional(
  run: ImbalanceRun,
  config: VaeConfig,
  features: Features,
  folder: string,
): Promise<void> {
  const { interrupted } = begin(run);
  const { model, history, bestEpoch } = await trainVae(run.device, config, features, { interrupted }).catch(
    autoEncoderFailed,
  );
  const { classes, width } = features.train;
  await makeDirectory(folder);
  writeFileAtomic(joinPath(folder, 'metrics.csv'), vaeHistoryCsv(history));
  const header = { config, input: { features: width }, classes, normalization: null, epoch: bestEpoch };
  await saveVae(joinPath(folder, MODEL), header, model);
  model.release();
}

/** Its learning rate has another name here than in `weft vae`, and nothing of it is kept. */
function autoEncoderFailed(error: unknown): never {
  if (error instanceof DivergedError)
    throw new DivergedError(worded`the auto-encoder: ${error.text}`, {
      fix: worded`use a smaller {vaeLr}; the network and its features are kept`,
      cause: error,
    });
  throw error;
}
