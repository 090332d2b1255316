/**
 * Every architecture against PyTorch's or torchvision's: parameters, state dict, one forward and one backward pass
 * (test/golden/architectures.py).
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { crossEntropy } from '../../src/autograd/ops/index.js';
import { Dropout, StochasticDepth } from '../../src/nn/layers.js';
import { MODELS, modelSpec } from '../../src/nn/models/registry.js';
import { BatchNorm2d } from '../../src/nn/norm.js';
import { tensor } from '../../src/tensor/tensor.js';
import { expectClose } from '../../src/cases/close.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { narrow } from '../../bench/shared/narrow.js';
import { noise, start } from './noise.js';
import { modelsTried } from './same_blocks.js';

type Gradient = readonly [norm: number, sum: number, product: number];

interface Fixture {
  readonly batch: number;
  readonly models: readonly {
    readonly name: string;
    readonly input: readonly [channels: number, height: number, width: number];
    readonly keys: string;
    readonly parameters: number;
    /** Batch norms are in evaluation mode, their weights around this number. */
    readonly evaluated?: number;
    /** Relative errors of PyTorch's own float32, of the logits and the gradients. */
    readonly single: readonly [logits: number, gradients: number];
    readonly logits: readonly (readonly number[])[];
    readonly loss: number;
    readonly gradients: Readonly<Record<string, Gradient>>;
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/numbers/architectures.json', import.meta.url), 'utf8'),
) as Fixture;

const test = gpuSuite('architectures');

/**
 * For the input that each was designed for: the published numbers where there are any, else the papers' layers counted
 * by PyTorch.
 */
const COUNTS: Readonly<Record<string, number>> = {
  mlp: 235_146,
  lenet5: 61_706,
  cnn: 421_642,
  convbn: 288_170,
  fashionnet: 315_146,
  lstm: 82_186,
  bilstm: 164_362,
  plain20: 269_722,
  plain32: 464_154,
  plain44: 658_586,
  plain56: 853_018,
  resnet20: 269_722,
  resnet32: 464_154,
  resnet44: 658_586,
  resnet56: 853_018,
  resnet110: 1_727_962,
  wrn16_4: 2_748_890,
  wrn28_10: 36_479_194,
  alexnet: 61_100_840,
  vgg11: 132_863_336,
  vgg11_bn: 132_868_840,
  vgg16: 138_357_544,
  vgg16_bn: 138_365_992,
  googlenet: 6_624_904,
  resnet18: 11_689_512,
  resnet34: 21_797_672,
  resnet50: 25_557_032,
  resnext50_32x4d: 25_028_904,
  densenet121: 7_978_856,
  squeezenet1_1: 1_235_496,
  mobilenet_v3_small: 2_542_856,
  mobilenet_v3_large: 5_483_032,
  efficientnet_b0: 5_288_548,
  regnet_y_400mf: 4_344_144,
  convnext_tiny: 28_589_128,
  vit_tiny_16: 5_717_416,
  vit_b_16: 86_567_656,
};

test('numbers of parameters', () => {
  assert.equal(Object.fromEntries(MODELS.map((m) => [m.name, m.build(m.input).parameterCount()])), COUNTS);
});

test('every model takes other channels, classes and sizes, and names its head', () => {
  for (const { name, build, minimumSize, head } of MODELS) {
    const size = Math.max(minimumSize, 20);
    const shapes = new Map(
      [...build({ channels: 2, height: size, width: size + 5, classes: 7 }).namedParameters()].map(([key, p]) => [
        key,
        p.shape,
      ]),
    );
    assert.equal([shapes.get(`${head}.weight`)?.[0], shapes.get(`${head}.bias`)], [7, [7]], name);
  }
});

test('the fixture has every model', () =>
  assert.equal(golden.models.map((m) => m.name).sort(), MODELS.map((m) => m.name).sort()));

const SAMPLES = 65536;

function summary(g: Float32Array, stream: number): Gradient {
  let [squares, sum, product] = [0, 0, 0];
  for (let i = 0; i < g.length; i++) {
    squares += g[i] * g[i];
    sum += g[i];
  }
  const step = Math.ceil(g.length / SAMPLES);
  const other = noise(Math.ceil(g.length / step), stream);
  for (let j = 0; j < other.length; j++) product += g[j * step] * other[j];
  return [Math.sqrt(squares), sum, product];
}

for (const expected of modelsTried('architectures', golden.models)) {
  test(`${expected.name}: state dict, logits, loss and gradients are PyTorch's`, async () => {
    const device = await testDevice();
    const [channels, height, width] = expected.input;
    const classes = expected.logits[0].length;
    const model = modelSpec(expected.name).build({ channels, height, width, classes });
    assert.is(model.parameterCount(), expected.parameters);
    const keys = [...model.namedState()].map(([key, { shape }]) => `${key} ${shape.join()}`).join('\n');
    assert.is(
      createHash('sha256').update(keys).digest('hex').slice(0, 16),
      expected.keys,
      `keys and shapes, in order:\n${keys}`,
    );

    narrow(model);
    const named = [...model.namedParameters()];
    for (const [k, [key, p]] of named.entries())
      p.init = (x) => device.write(x.storage, start(key, p.shape, k + 1, expected.evaluated ?? 1), x.byteOffset);
    model.to(device);
    for (const [, m] of model.namedModules())
      if (
        m instanceof Dropout ||
        m instanceof StochasticDepth ||
        (m instanceof BatchNorm2d && expected.evaluated !== undefined)
      )
        m.eval();
    model.memory.zeroGrads();
    const { batch } = golden;
    const { logits, loss } = device.step(() => {
      const y = model.forward(
        tensor(device, noise(batch * channels * height * width, 0), { shape: [batch, channels, height, width] }),
      );
      const l = crossEntropy(
        y,
        tensor(
          device,
          Uint32Array.from({ length: batch }, (_, n) => (3 * n) % 10),
        ),
      );
      backward(l);
      return { logits: y, loss: l };
    });
    // With sums in the order of the members for GPUs a ReLU of this one lies within a rounding of its kink: x moved by
    // 1e-7 of itself gives PyTorch's gradients in some draws and others, 2e-3 away, in the rest.
    const atKink = expected.name === 'resnet44' && !device.adapter.isSoftware;
    let worst = 0;
    const check = (
      argument: string,
      label: string,
      got: ArrayLike<number>,
      wanted: ArrayLike<number>,
      scale: number,
      single: number,
    ): void => {
      worst = Math.max(worst, ...Array.from(got, (v, i) => Math.abs(v - wanted[i]) / scale));
      expectClose({
        op: expected.name,
        argument,
        got,
        expected: wanted,
        scale,
        tolerance: Math.max(atKink ? 5e-3 : 1e-4, 6 * single),
        pair: 'GPU with PyTorch',
        label,
      });
    };
    const wanted = expected.logits.flat();
    check('logits', 'all', await logits.read(), wanted, Math.max(...wanted.map(Math.abs)), expected.single[0]);
    check('loss', 'mean', [await loss.item()], [expected.loss], expected.loss, expected.single[0]);
    for (const [k, [key, p]] of named.entries()) {
      if (!(key in expected.gradients)) continue;
      const [norm, sum, product] = expected.gradients[key];
      const got = summary((await p.value.grad?.read()) as Float32Array, 1000 + k + 1);
      check('gradients', `d ${key}, norm`, [got[0]], [norm], norm, expected.single[1]);
      // Rounding errors of p.size addends of random sign grow like the root of their number.
      check('gradients', `d ${key}, sum`, [got[1]], [sum], norm * Math.sqrt(p.size), expected.single[1]);
      check('gradients', `d ${key}, product`, [got[2]], [product], norm, expected.single[1]);
    }
    if (process.env['WEFT_OP_TABLE'] !== undefined)
      console.log(`${expected.name}: worst relative error ${worst.toExponential(1)}`);
    for (const t of [logits, loss]) t.storage.release();
    model.memory.release();
    if (model.memory.weights.size > 2 ** 24) device.trim();
  });
}

test.run();
