/** Latent spaces that are shaped otherwise: by a discriminator, by class, or by a second auto-encoder. */
import * as assert from 'uvu/assert';
import { noGrad } from '../../src/autograd/graph.js';
import { hostRandom } from '../../src/data/host_random.js';
import type { FeatureSet } from '../../src/data/feature_set.js';
import { UsageError } from '../../src/device/errors.js';
import { AlignedVaes } from '../../src/nn/vae/aligned_vaes.js';
import { manualSeed, randn } from '../../src/kernels/random/random.js';
import { tensor } from '../../src/tensor/tensor.js';
import { ALIGNED_VAES, rampAt, trainAlignedVaes } from '../../src/vae/aligned.js';
import { checkVaeConfig, FEATURE_VAE, type VaeConfig } from '../../src/vae/config.js';
import { encodeAll } from '../../src/vae/measure.js';
import { trainVae } from '../../src/vae/trainer.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('vae: latent spaces');

const CLASSES = 3;
const WIDTH = 8;

/** Vectors of variance about 1 around three centres. @param noise deviation of what no class explains. */
function vectors(count: number, seed: number, noise = 0.5): FeatureSet {
  const random = hostRandom(seed);
  const labels = Uint32Array.from({ length: count }, (_, i) => i % CLASSES);
  const features = Float32Array.from({ length: count * WIDTH }, (_, i) => {
    const c = labels[Math.floor(i / WIDTH)];
    return 1.5 * Math.cos(2 * c + (i % WIDTH)) + noise * random.normal();
  });
  return { name: 'vectors', features, labels, count, width: WIDTH, classes: ['a', 'b', 'c'] };
}

const TRAIN = vectors(240, 1);
const VALIDATION = vectors(90, 2);
const SMALL: VaeConfig = { ...FEATURE_VAE, latent: 2, hidden: 16, epochs: 30, batch: 48, lr: 3e-3 };

/** Latent means of the validation vectors, and all weights as bytes. */
async function latents(
  change: Partial<VaeConfig>,
  capture = true,
  [train, validation]: readonly [FeatureSet, FeatureSet] = [TRAIN, VALIDATION],
): Promise<{ mean: Float32Array; bytes: string }> {
  const device = await testDevice();
  const { model, critic } = await trainVae(device, { ...SMALL, ...change }, { train, validation }, { capture });
  const { mean } = await encodeAll(device, model, validation);
  const state = await model.stateDict();
  for (const part of [model, critic]) part?.release();
  return { mean, bytes: [...state.values()].map(({ data }) => Buffer.from(data).toString('hex')).join() };
}

/** Mean squared distance of the validation vectors' latents to the mean of their class's. */
function spreadWithin(mean: Float32Array): number {
  const own = [0, 1, 2].map((c) => {
    const of = Array.from(VALIDATION.labels, (_, n) => n).filter((n) => VALIDATION.labels[n] === c);
    const centre = [0, 1].map((d) => of.reduce((sum, n) => sum + mean[2 * n + d], 0) / of.length);
    return of.reduce((sum, n) => sum + (mean[2 * n] - centre[0]) ** 2 + (mean[2 * n + 1] - centre[1]) ** 2, 0);
  });
  return own.reduce((sum, d) => sum + d, 0) / VALIDATION.count;
}

test('a discriminator brings the latents to the standard normal; replayed steps are recorded ones', async () => {
  const second = (mean: Float32Array): number => mean.reduce((sum, v) => sum + v * v, 0) / mean.length;
  const free = await latents({ beta: { kind: 'constant', beta: 0 } });
  const game = await latents({ prior: 'adversarial', epochs: 120 });
  assert.ok(second(free.mean) > 2, `without a prior the second moment is ${second(free.mean)}`);
  assert.ok(Math.abs(second(game.mean) - 1) < 0.5, `with it ${second(game.mean)}`);
  const short = { prior: 'adversarial', epochs: 2 } as const;
  const { bytes } = await latents(short);
  assert.is((await latents(short, false)).bytes, bytes);
  assert.is.not((await latents({ ...short, seed: 1 })).bytes, bytes);
});

test('the k-means term draws the latents of a class together', async () => {
  const noisy = [vectors(240, 1, 1.5), vectors(90, 2, 1.5)] as const;
  const of = (pull: number, capture = true, epochs = 30): ReturnType<typeof latents> =>
    latents({ pull, epochs }, capture, noisy);
  const [free, pulled] = [await of(0), await of(1)];
  const [before, after] = [spreadWithin(free.mean), spreadWithin(pulled.mean)];
  assert.ok(after < 0.3 * before, `the mean squared distance within classes is ${after}, ${before} without`);
  const { bytes } = await of(1, true, 3);
  assert.is((await of(1, false, 3)).bytes, bytes);
  assert.is((await of(0, true, 3)).bytes, (await latents({ epochs: 3 }, true, noisy)).bytes, 'a weight of 0 is none');
});

test('what does not go together is refused', () => {
  for (const [change, what] of [
    [{ prior: 'adversarial', pull: 1 }, /k-means term/],
    [{ pull: -1 }, /pull -1/],
    [{ prior: 'none' as 'adversarial' }, /no prior "none"/],
  ] as const)
    assert.throws(
      () => checkVaeConfig({ ...SMALL, ...change }),
      (e: unknown) => e instanceof UsageError && what.test(e.message),
    );
});

test('weights of aligned auto-encoders grow from an epoch to another, as published', () => {
  const { beta, gamma, delta } = ALIGNED_VAES;
  const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-9;
  assert.ok(near(rampAt(beta, 1), 0.0026) && near(rampAt(beta, 90), 0.234) && near(rampAt(beta, 100), 0.234));
  assert.ok(rampAt(gamma, 20) === 0 && near(rampAt(gamma, 21), 0.044) && near(rampAt(gamma, 80), 55 * 0.044));
  assert.ok(rampAt(delta, 5) === 0 && near(rampAt(delta, 6), 0.54) && near(rampAt(delta, 22), 17 * 0.54));
});

test('the parts of the aligned loss are those that the formulas give', async () => {
  const device = await testDevice();
  const model = new AlignedVaes({ width: 4, vector: 3, latent: 2, hidden: 5 }).to(device, { seed: 3 });
  const x = tensor(device, [
    [1, -2, 0.5, 0],
    [0.3, 0.1, -1, 2],
  ]);
  const vector = tensor(device, [
    [1, 0, 0],
    [0, 1, -1],
  ]);
  manualSeed(device, 9);
  const parts = device.step(() => noGrad(() => model.forward(x, vector)));
  const got = {
    reconstruction: await parts.reconstruction.item(),
    kl: await parts.kl.item(),
    cross: await parts.cross.item(),
    distance: await parts.distance.item(),
  };
  // the same draws, and the rest on the host
  manualSeed(device, 9);
  const noise = [randn(device, [2, 2]), randn(device, [2, 2])];
  const numbers = async (t: typeof x): Promise<number[]> => [...((await t.read()) as Float32Array)];
  const posterior = async (
    half: typeof model.features,
    of: typeof x,
  ): Promise<{ mean: number[]; logVar: number[] }> => {
    const { mean, logVar } = noGrad(() => half.encode(of));
    return { mean: await numbers(mean), logVar: await numbers(logVar) };
  };
  const [ofX, ofVector] = [await posterior(model.features, x), await posterior(model.vectors, vector)];
  const z = async ({ mean, logVar }: typeof ofX, i: number): Promise<typeof x> => {
    const e = await numbers(noise[i]);
    return tensor(
      device,
      Float32Array.from(mean, (m, n) => m + Math.exp(logVar[n] / 2) * e[n]),
      { shape: [2, 2] },
    );
  };
  const [zX, zVector] = [await z(ofX, 0), await z(ofVector, 1)];
  const half = async (vae: typeof model.features, from: typeof x, target: typeof x): Promise<number> => {
    const [y, t] = [await numbers(noGrad(() => vae.decode(from))), await numbers(target)];
    return y.reduce((sum, v, i) => sum + (v - t[i]) ** 2 / 2, 0);
  };
  const kl = ({ mean, logVar }: typeof ofX): number =>
    mean.reduce((sum, m, i) => sum - (1 + logVar[i] - m * m - Math.exp(logVar[i])) / 2, 0);
  const apart = [0, 1].map((n) =>
    Math.hypot(
      ...[0, 1].flatMap((d) => {
        const i = 2 * n + d;
        return [ofX.mean[i] - ofVector.mean[i], Math.exp(ofX.logVar[i] / 2) - Math.exp(ofVector.logVar[i] / 2)];
      }),
    ),
  );
  const wanted = {
    reconstruction: (await half(model.features, zX, x)) + (await half(model.vectors, zVector, vector)),
    kl: kl(ofX) + kl(ofVector),
    cross: (await half(model.features, zVector, x)) + (await half(model.vectors, zX, vector)),
    distance: apart[0] + apart[1],
  };
  for (const part of ['reconstruction', 'kl', 'cross', 'distance'] as const)
    assert.ok(Math.abs(got[part] - wanted[part]) < 1e-4, `${part}: ${got[part]}, by hand ${wanted[part]}`);
  model.release();
});

test('z of a class lies where the z of its features lie', async () => {
  const device = await testDevice();
  const config = { ...ALIGNED_VAES, latent: 4, hidden: 24, epochs: 60, batch: 48, lr: 3e-3 };
  const names = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const { model, history } = await trainAlignedVaes(device, config, TRAIN, names);
  assert.is(history.length, 60);
  const described = await encodeAll(device, model.vectors, {
    ...TRAIN,
    features: names,
    labels: Uint32Array.of(0, 1, 2),
    count: 3,
    width: 3,
  });
  const { mean } = await encodeAll(device, model.features, VALIDATION);
  model.release();
  const nearest = Array.from(VALIDATION.labels, (_, n) => {
    const distances = [0, 1, 2].map((c) =>
      [0, 1, 2, 3].reduce((sum, d) => sum + (mean[4 * n + d] - described.mean[4 * c + d]) ** 2, 0),
    );
    return distances.indexOf(Math.min(...distances));
  });
  const right = nearest.filter((c, n) => c === VALIDATION.labels[n]).length;
  assert.ok(right > 80, `${right} of 90 are nearest to their own class's vector`);
  try {
    await trainAlignedVaes(device, config, TRAIN, new Float32Array(4));
    assert.unreachable('4 numbers are no vectors of 3 classes');
  } catch (error) {
    assert.ok(error instanceof UsageError && /4 numbers/.test(error.message), String(error));
  }
});

test.run();
