/** Training auto-encoders: replay equals recording, beta's schedule, the best epoch, divergence, encoding. */
import * as assert from 'uvu/assert';
import { noGrad } from '../../src/autograd/graph.js';
import { DeviceFeatures, selectFeatures, type FeatureSet } from '../../src/data/feature_set.js';
import { hostRandom } from '../../src/data/host_random.js';
import type { Device } from '../../src/device/device.js';
import { DivergedError, InterruptedError } from '../../src/device/errors.js';
import { randomState } from '../../src/kernels/random/random.js';
import { MlpVae } from '../../src/nn/vae/mlp_vae.js';
import { tensor } from '../../src/tensor/tensor.js';
import { inOrder, type VaeSource } from '../../src/vae/batches.js';
import { betaAt, checkVaeConfig, FEATURE_VAE, IMAGE_VAE, type VaeConfig } from '../../src/vae/config.js';
import { featureStatistics } from '../../src/vae/feature_statistics.js';
import { encodeAll } from '../../src/vae/measure.js';
import { totalOf, trainVae, type VaeEpoch, type VaeHooks } from '../../src/vae/trainer.js';
import { fails } from '../data/fixtures.js';
import { collectGarbage } from '../support/garbage.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { GARMENTS } from '../train/fixtures.js';

const test = gpuSuite('vae');

/** Vectors of 12 numbers that three hidden ones make, by class, far from mean 0 and variance 1. */
function vectors(count: number, seed: number): FeatureSet {
  const random = hostRandom(seed);
  const labels = Uint32Array.from({ length: count }, (_, i) => i % 3);
  const features = new Float32Array(count * 12);
  for (let i = 0; i < count; i++) {
    const hidden = [random.normal() + 4 * labels[i], random.normal(), random.normal()];
    for (let d = 0; d < 12; d++)
      features[i * 12 + d] =
        50 + 8 * (hidden[d % 3] * Math.cos(d) + hidden[(d + 1) % 3] * Math.sin(d)) + random.normal();
  }
  return { name: 'vectors', features, labels, count, width: 12, classes: ['a', 'b', 'c'] };
}

const FEATURES: VaeSource = { train: vectors(130, 1), validation: vectors(50, 2) };
const IMAGES: VaeSource = {
  data: GARMENTS,
  train: inOrder(150).slice(0, 70),
  validation: inOrder(150).slice(100, 130),
};
const SMALL = { latent: 4, hidden: 16, epochs: 2, batch: 32 } as const;
const ON_FEATURES: VaeConfig = { ...FEATURE_VAE, ...SMALL };
const ON_IMAGES: VaeConfig = { ...IMAGE_VAE, ...SMALL };

/** All that a run leaves: history without the times, and the weights. */
async function outcome(
  device: Device,
  config: VaeConfig,
  source: VaeSource,
  hooks: VaeHooks = {},
): Promise<{ history: object[]; bestEpoch: number; state: Record<string, string> }> {
  const { model, history, bestEpoch } = await trainVae(device, config, source, hooks);
  const state = Object.fromEntries(
    [...(await model.stateDict())].map(([key, raw]) => [key, Buffer.from(raw.data).toString('hex')]),
  );
  model.release();
  return { history: history.map(({ seconds, ...rest }) => rest), bestEpoch, state };
}

for (const [name, config, source] of [
  ['features', ON_FEATURES, FEATURES],
  ['conditional features', { ...ON_FEATURES, conditional: true }, FEATURES],
  ['images', ON_IMAGES, IMAGES],
  [
    'conditional images, gaussian, batch norm',
    { ...ON_IMAGES, conditional: true, loss: 'gaussian', batchNorm: true },
    IMAGES,
  ],
] as const) {
  test(`${name}: a replayed step gives the same bytes as one that is recorded anew, another seed others`, async () => {
    const device = await testDevice();
    const first = await outcome(device, config, source);
    assert.equal(await outcome(device, config, source, { capture: false }), first);
    assert.not.equal(await outcome(device, { ...config, seed: 1 }, source), first);
    assert.ok(
      (first.history as unknown as VaeEpoch[]).every(
        (h) => h.validation !== null && h.validation.kl > 0 && h.train.reconstruction > 0,
      ),
    );
  });
}

test('learning: vectors of three hidden numbers come back, and only with a latent space in use', async () => {
  const device = await testDevice();
  const config: VaeConfig = { ...ON_FEATURES, epochs: 60, lr: 5e-3, beta: { kind: 'constant', beta: 0.01 } };
  const { history, bestEpoch } = await outcome(device, config, FEATURES);
  const at = (epoch: number): VaeEpoch => (history as VaeEpoch[])[epoch - 1];
  const best = at(bestEpoch).validation;
  assert.ok(
    best !== null && best.reconstruction < 1 && best.reconstruction < 0.3 * (at(1).validation?.reconstruction ?? 0),
    JSON.stringify(history),
  );
  const empty = await outcome(device, { ...config, beta: { kind: 'constant', beta: 1000 }, epochs: 20 }, FEATURES);
  const last = (empty.history as VaeEpoch[])[19].validation;
  assert.ok(
    last !== null && last.kl < 0.05 && last.reconstruction > 4,
    'a large beta empties the latent space: half of 12 is the error of the mean',
  );
});

test('beta grows by epochs up to one, and a replayed step sees it', async () => {
  const grows = { kind: 'linear', perEpoch: 5.6e-6, until: 90 } as const;
  assert.equal(
    [1, 2, 90, 100].map((e) => betaAt(grows, e)),
    [5.6e-6, 2 * 5.6e-6, 90 * 5.6e-6, 90 * 5.6e-6],
  );
  assert.is(betaAt({ kind: 'constant', beta: 2 }, 7), 2);
  const device = await testDevice();
  const steep: VaeConfig = { ...ON_FEATURES, epochs: 3, beta: { kind: 'linear', perEpoch: 50, until: 2 } };
  const run = await outcome(device, steep, FEATURES);
  assert.equal(
    (run.history as VaeEpoch[]).map((h) => h.beta),
    [50, 100, 100],
  );
  assert.equal(await outcome(device, steep, FEATURES, { capture: false }), run);
  assert.not.equal(
    (await outcome(device, { ...steep, beta: { kind: 'constant', beta: 50 } }, FEATURES)).history[2],
    run.history[2],
  );
});

test('the best epoch is the lowest validation total with the last beta; its weights are returned', async () => {
  const device = await testDevice();
  const best: [number, string][] = [];
  const config: VaeConfig = { ...ON_FEATURES, epochs: 8, lr: 0.05, beta: { kind: 'linear', perEpoch: 0.5, until: 6 } };
  const hex = async (model: {
    stateDict(): Promise<ReadonlyMap<string, { readonly data: Uint8Array }>>;
  }): Promise<string> =>
    [...(await model.stateDict()).values()].map((raw) => Buffer.from(raw.data).toString('hex')).join();
  const { model, history, bestEpoch } = await trainVae(device, config, FEATURES, {
    onEpoch: async (h, isBest, m) => void (isBest && best.push([h.length, await hex(m)])),
  });
  const totals = history.map((h) => totalOf(h.validation ?? { reconstruction: NaN, kl: NaN }, 3));
  assert.is(bestEpoch, totals.indexOf(Math.min(...totals)) + 1);
  assert.equal(best.at(-1), [bestEpoch, await hex(model)]);
  assert.is(model.training, false);
  model.release();
  assert.is(
    (await outcome(device, { ...config, epochs: 3 }, { ...FEATURES, validation: null } as VaeSource)).bestEpoch,
    3,
    'without validation the last',
  );
});

test('what a run does not depend on: where the generator stood; what it leaves alone: all memory but the model’s', async () => {
  const device = await testDevice();
  const first = await outcome(device, ON_FEATURES, FEATURES);
  await randomState(device);
  await collectGarbage();
  const before = device.statistics().inUse;
  assert.equal(await outcome(device, ON_FEATURES, FEATURES), first);
  assert.is(device.statistics().inUse, before);
});

test('divergence and interruption end the run and give the memory back', async () => {
  const device = await testDevice();
  await collectGarbage();
  const before = device.statistics().inUse;
  const diverged = await fails(
    () => trainVae(device, { ...ON_FEATURES, lr: 1e30 }, FEATURES),
    6,
    /the (validation )?loss became (NaN|Infinity).* epoch 1.*\(learning rate 1e\+30\)/,
  );
  assert.instance(diverged, DivergedError);
  let asked = 0;
  const stopped = await fails(
    () => trainVae(device, ON_FEATURES, FEATURES, { interrupted: () => (asked++ === 7 ? 143 : null) }),
    143,
    /stopped in epoch 2 after 2 steps/,
  );
  assert.instance(stopped, InterruptedError);
  assert.is(device.statistics().inUse, before);
});

test('what cannot work is refused', async () => {
  const device = await testDevice();
  await fails(
    () => trainVae(device, { ...ON_FEATURES, loss: 'bernoulli' }, FEATURES),
    2,
    /bernoulli loss is for intensities in \[0, 1\]/,
  );
  await fails(
    () => trainVae(device, ON_FEATURES, { train: vectors(0, 1), validation: null }),
    2,
    /nothing to train on/,
  );
  await fails(
    () => trainVae(device, ON_IMAGES, { ...IMAGES, data: { ...GARMENTS, crop: 26 } } as VaeSource),
    2,
    /26x26 is no multiple of 4/,
  );
  for (const [change, words] of [
    [{ latent: 0 }, /latent 0/],
    [{ lr: -1 }, /lr -1/],
    [{ beta: { kind: 'linear', perEpoch: 1, until: 0 } }, /until 0/],
    [{ beta: { kind: 'constant', beta: NaN } }, /beta NaN/],
    [{ seed: 0.5 }, /seed 0.5/],
  ] as const) {
    await fails(() => checkVaeConfig({ ...ON_FEATURES, ...change } as VaeConfig), 2, words);
  }
});

test('features are standardised by the training set, and decoded in their own units', async () => {
  const device = await testDevice();
  const { train } = FEATURES as { train: FeatureSet };
  const { mean, std } = featureStatistics(train);
  const own = Array.from(
    { length: 12 },
    (_, d) => inOrder(130).reduce((sum, n) => sum + train.features[n * 12 + d], 0) / 130,
  );
  for (const [d, m] of own.entries()) assert.ok(Math.abs(m - mean[d]) < 1e-4);
  const { model } = await trainVae(device, { ...ON_FEATURES, epochs: 40, lr: 5e-3 }, FEATURES);
  const state = await model.stateDict();
  assert.equal([...new Float32Array(Uint8Array.from(state.get('feature_mean')?.data ?? []).buffer)], [...mean]);
  assert.equal([...new Float32Array(Uint8Array.from(state.get('feature_std')?.data ?? []).buffer)], [Math.fround(std)]);
  assert.ok(model instanceof MlpVae);
  const x = tensor(device, train.features.slice(0, 12 * 20), { shape: [20, 12] });
  const decoded = [...(await device.step(() => noGrad(() => model.decode(model.encode(x).mean))).read())];
  const error = decoded.reduce((sum, y, i) => sum + (y - train.features[i]) ** 2, 0) / 240;
  assert.ok(error < 0.3 * std ** 2, `mean squared error ${error} of a variance of ${std ** 2}`);
  model.release();
});

test('some vectors of a set, with their labels', () => {
  const { train } = FEATURES as { train: FeatureSet };
  const two = selectFeatures(train, Uint32Array.of(7, 2));
  assert.equal([two.count, two.width, two.labels], [2, 12, Uint32Array.of(1, 2)]);
  assert.equal([...two.features], [...train.features.slice(84, 96), ...train.features.slice(24, 36)]);
});

test('encodeAll: the latent distributions of a set in its order', async () => {
  const device = await testDevice();
  const { model } = await trainVae(device, { ...ON_FEATURES, conditional: true }, FEATURES);
  const set = vectors(300, 5); // more than a batch
  const all = await encodeAll(device, model, set);
  assert.equal([all.mean.length, all.logVar.length], [1200, 1200]);
  const rows = new DeviceFeatures(device, set);
  rows.load(Uint32Array.of(299, 0));
  const { mean, logVar } = device.step(() =>
    noGrad(() => {
      const { x, label } = rows.next(2);
      return model.encode(x, label);
    }),
  );
  for (const [got, part] of [
    [all.mean, mean],
    [all.logVar, logVar],
  ] as const) {
    for (const [i, v] of (await part.read()).entries())
      assert.ok(Math.abs(got[(i < 4 ? 299 * 4 : -4) + i] - v) < 1e-5, `${i}`);
  }
  rows.release();
  model.release();
});

test.run();
