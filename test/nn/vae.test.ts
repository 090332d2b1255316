/**
 * Auto-encoders: shapes, keys, labels, sampling, what does not fit. PyTorch's losses and steps are in pinned.test.ts.
 */
import * as assert from 'uvu/assert';
import { noGrad } from '../../src/autograd/graph.js';
import { manualSeed } from '../../src/kernels/random/random.js';
import { ConvVae, type ConvVaeOptions } from '../../src/nn/vae/conv_vae.js';
import { vaeLoss, vaeLossParts } from '../../src/nn/vae/loss.js';
import { MlpVae } from '../../src/nn/vae/mlp_vae.js';
import { reparameterize, type Vae } from '../../src/nn/vae/vae.js';
import { tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { fails } from '../data/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { noise } from './noise.js';

const test = gpuSuite('vae models');

const conv =
  (channels: number, height: number, width: number, options: ConvVaeOptions = {}): (() => ConvVae) =>
  () =>
    new ConvVae({ channels, height, width }, { latent: 6, hidden: 10, ...options });

/** What goes in, and the smallest map of the convolutional ones. */
const CASES: readonly (readonly [string, () => Vae, readonly number[], number | null])[] = [
  ['vectors', () => new MlpVae(20, { latent: 6, hidden: 10 }), [20], null],
  [
    'vectors, conditional, standardised',
    () => new MlpVae(20, { latent: 6, hidden: 10, classes: 3, standardize: true }),
    [20],
    null,
  ],
  ['28x28x1', conv(1, 28, 28), [1, 28, 28], 64 * 7 * 7],
  ['32x32x3, conditional, batch norm', conv(3, 32, 32, { classes: 3, batchNorm: true }), [3, 32, 32], 64 * 8 * 8],
  ['4x4', conv(1, 4, 4), [1, 4, 4], 64],
  ['20x12', conv(2, 20, 12), [2, 20, 12], 64 * 5 * 3],
  ['64x32: halved three times', conv(1, 64, 32), [1, 64, 32], 128 * 8 * 4],
];

for (const [name, build, shape, smallest] of CASES) {
  test(`${name}: shapes there and back`, async () => {
    const device = await testDevice();
    const model = build().to(device, { seed: 1 });
    const x = tensor(
      device,
      noise(
        shape.reduce((n, d) => n * d, 5),
        3,
      ),
      { shape: [5, ...shape] },
    );
    const label = model.classes === null ? null : tensor(device, Uint32Array.of(0, 1, 2, 0, 1));
    const { target, reconstruction, mean, logVar, decoded } = device.step(() =>
      noGrad(() => {
        const out = model.forward(x, label);
        return { ...out, decoded: model.decode(out.mean, label) };
      }),
    );
    assert.equal(
      [target, reconstruction, decoded].map((t) => t.shape),
      [1, 2, 3].map(() => [5, ...shape]),
    );
    assert.equal(
      [mean.shape, logVar.shape],
      [
        [5, 6],
        [5, 6],
      ],
    );
    assert.ok([...(await reconstruction.read())].every(Number.isFinite));
    if (smallest !== null) assert.equal((await model.stateDict()).get('encoder.weight')?.shape, [10, smallest]);
    model.release();
  });
}

test('the published sizes have PyTorch’s keys', () => {
  const model = new MlpVae(2048);
  assert.equal(
    [...model.namedParameters()].map(([key, p]) => `${key} ${p.shape.join('x')}`),
    [
      'encoder.weight 512x2048',
      'encoder.bias 512',
      'mean.weight 128x512',
      'mean.bias 128',
      'logvar.weight 128x512',
      'logvar.bias 128',
      'decoder.weight 512x128',
      'decoder.bias 512',
      'output.weight 2048x512',
      'output.bias 2048',
    ],
  );
});

test('z is mean + exp(logVar / 2) * noise, drawn by the seed and anew in every replay', async () => {
  const device = await testDevice();
  const [mean, logVar, eps] = [
    [1, -2],
    [0, 2 * Math.log(3)],
    [0.5, -1],
  ].map((row) => tensor(device, [row]));
  const given = await reparameterize(mean, logVar, eps).read();
  assert.ok(Math.abs(given[0] - 1.5) < 1e-6 && Math.abs(given[1] + 5) < 1e-5, String(given));
  const [centre, narrow] = [
    zeros(device, [2000, 5]),
    tensor(device, new Float32Array(10_000).fill(2 * Math.log(0.5)), { shape: [2000, 5] }),
  ];
  const eager = (): Tensor => device.step(() => reparameterize(centre, narrow));
  const step = device.capture(() => reparameterize(centre, narrow));
  const draws = async (draw: () => Tensor): Promise<number[][]> => {
    manualSeed(device, 4);
    return [[...(await draw().read())], [...(await draw().read())], [...(await draw().read())]];
  };
  const [a, b, c] = await draws(eager);
  assert.equal(await draws(step), [a, b, c]);
  assert.not.equal(a, b);
  const moment = (power: number): number => [...a, ...b, ...c].reduce((sum, v) => sum + v ** power, 0) / 30_000;
  assert.ok(
    Math.abs(moment(1)) < 0.015 && Math.abs(moment(2) - 0.25) < 0.01,
    `mean ${moment(1)}, variance ${moment(2)}, expected 0 and 0.25`,
  );
  step.release();
});

test('the losses by their formulas', async () => {
  const device = await testDevice();
  const [x, y, m, v] = [
    [0, 1, 0.25],
    [-1, 2, 0.5],
    [0.5, -1],
    [0, 0.7],
  ];
  const out = {
    target: tensor(device, [x]),
    reconstruction: tensor(device, [y]),
    mean: tensor(device, [m]),
    logVar: tensor(device, [v]),
  };
  const kl = m.reduce((sum, mu, i) => sum - 0.5 * (1 + v[i] - mu * mu - Math.exp(v[i])), 0);
  const sigmoid = (t: number): number => 1 / (1 + Math.exp(-t));
  const expected = {
    gaussian: x.reduce((sum, t, i) => sum + (t - y[i]) ** 2 / 2, 0),
    bernoulli: x.reduce((sum, t, i) => sum - t * Math.log(sigmoid(y[i])) - (1 - t) * Math.log(1 - sigmoid(y[i])), 0),
  };
  for (const loss of ['gaussian', 'bernoulli'] as const) {
    const parts = vaeLossParts(out, loss);
    const got = [
      await parts.reconstruction.item(),
      await parts.kl.item(),
      await vaeLoss(parts, 3, 2).item(),
      await vaeLoss(parts, tensor(device, 3), 2).item(),
    ];
    const total = (expected[loss] + 3 * kl) / 2;
    for (const [i, e] of [expected[loss], kl, total, total].entries())
      assert.ok(Math.abs(got[i] - e) < 1e-5, `${loss} ${i}: ${got[i]}, not ${e}`);
  }
});

test('the label changes both sides of a conditional model', async () => {
  const device = await testDevice();
  for (const build of [() => new MlpVae(16, { latent: 3, hidden: 8, classes: 2 }), conv(1, 4, 4, { classes: 2 })]) {
    const model = build().to(device, { seed: 1 });
    const x = tensor(device, noise(16, 1), { shape: model instanceof MlpVae ? [1, 16] : [1, 1, 4, 4] });
    const z = tensor(device, noise(model.latent, 2), { shape: [1, model.latent] });
    const of = async (c: number): Promise<number[][]> => {
      const label = tensor(device, Uint32Array.of(c));
      return [[...(await model.encode(x, label).mean.read())], [...(await model.decode(z, label).read())]];
    };
    const [zero, one] = [await of(0), await of(1)];
    for (const side of [0, 1]) assert.not.equal(zero[side], one[side]);
    await fails(() => model.encode(x), 2, /a conditional model needs labels/);
    model.release();
  }
});

test('what does not fit is named', async () => {
  const device = await testDevice();
  for (const [height, width] of [
    [30, 28],
    [28, 27],
    [2, 4],
    [0, 4],
  ])
    await fails(conv(1, height, width), 2, new RegExp(`${height}x${width} is no multiple of 4`));
  const mlp = new MlpVae(20).to(device);
  await fails(
    () => mlp.encode(zeros(device, [2, 19])),
    2,
    /\[MlpVae\] x \(2, 19\), but the model is built for \(N, 20\)/,
  );
  await fails(
    () => mlp.encode(zeros(device, [2, 20]), zeros(device, [2], 'u32')),
    2,
    /labels are for a conditional model/,
  );
  await fails(() => mlp.setStatistics(new Float32Array(20), 1), 2, /does not standardise/);
  const images = conv(1, 8, 8)().to(device);
  await fails(
    () => images.forward(zeros(device, [2, 1, 8, 12])),
    2,
    /\[ConvVae\] x \(2, 1, 8, 12\), but the model is built for \(N, 1, 8, 8\)/,
  );
  for (const m of [mlp, images]) m.release();
});

test.run();
