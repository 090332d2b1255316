/** The models against PyTorch's: parameters, keys, shapes, and what a forward and a backward pass compute. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/device/errors.js';
import { backward } from '../../src/autograd/graph.js';
import { crossEntropy } from '../../src/autograd/ops/index.js';
import { buildModel, DEFAULT_INPUT } from '../../src/nn/models/registry.js';
import { fromFloat32 } from '../../src/nn/state/safetensors.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { tensor } from '../../src/tensor/tensor.js';
import { expectClose } from '../../src/cases/close.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { noise } from './noise.js';

interface Fixture {
  readonly batch: number;
  readonly models: readonly {
    readonly name: string;
    readonly logits: readonly (readonly number[])[];
    readonly loss: number;
    readonly gradients: Readonly<
      Record<
        string,
        { readonly shape: readonly number[]; readonly norm: number; readonly sum: number; readonly product: number }
      >
    >;
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/numbers/models.json', import.meta.url), 'utf8'),
) as Fixture;

const test = gpuSuite('models');

test('models take other sizes, channels and classes', () => {
  const input = { channels: 3, height: 20, width: 32, classes: 7 };
  const shapes = (name: string): Record<string, readonly number[]> =>
    Object.fromEntries([...buildModel(name, input).namedParameters()].map(([key, p]) => [key, p.shape]));
  assert.equal(shapes('mlp')['fc1.weight'], [256, 3 * 20 * 32]);
  assert.equal(shapes('lenet5')['fc1.weight'], [120, 16 * 3 * 6]);
  assert.equal(shapes('cnn')['conv1.weight'], [32, 3, 3, 3]);
  assert.equal(shapes('cnn')['fc1.weight'], [128, 64 * 5 * 8]);
  assert.equal(shapes('cnn')['fc2.bias'], [7]);
});

test('an unknown model and images too small for one are refused', () => {
  assert.throws(
    () => buildModel('resnet', DEFAULT_INPUT),
    (e: unknown) => e instanceof UsageError && /"resnet"/.test(e.message) && /mlp, lenet5, cnn/.test(e.fix ?? ''),
  );
  assert.throws(
    () => buildModel('lenet5', { ...DEFAULT_INPUT, width: 11 }),
    /lenet5 needs images of at least 12x12, got 28x11/,
  );
  assert.is(buildModel('lenet5', { ...DEFAULT_INPUT, height: 12, width: 12 }).parameterCount(), 61_706 - 120 * 16 * 24);
});

for (const expected of golden.models) {
  test(`${expected.name}: keys, shapes, logits, loss and gradients are PyTorch's`, async () => {
    const device = await testDevice();
    const model = buildModel(expected.name, DEFAULT_INPUT).to(device);
    const named = [...model.namedParameters()];
    assert.equal(
      named.map(([key, p]) => [key, p.shape]),
      Object.entries(expected.gradients).map(([key, g]) => [key, g.shape]),
    );

    let fanIn = 1;
    const state = named.map(([key, p], k) => {
      if (p.shape.length > 1) fanIn = sizeOf(p.shape.slice(1)); // a bias comes after its weight
      return [key, fromFloat32(noise(p.size, k + 1, 1 / Math.sqrt(fanIn)), p.shape)] as const;
    });
    model.loadStateDict(new Map(state), 'noise');
    const { batch } = golden;
    const { logits, loss } = device.step(() => {
      const y = model.forward(tensor(device, noise(batch * 784, 0), { shape: [batch, 1, 28, 28] }));
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
    const check = (argument: string, got: ArrayLike<number>, wanted: ArrayLike<number>, scale: number): void =>
      expectClose({
        op: expected.name,
        argument,
        got,
        expected: wanted,
        scale,
        tolerance: 1e-5,
        pair: 'GPU with PyTorch',
        label: 'models.json',
      });
    check('logits', await logits.read(), expected.logits.flat(), 1);
    check('loss', [await loss.item()], [expected.loss], expected.loss);
    for (const [k, [key, p]] of named.entries()) {
      const g = (await p.value.grad?.read()) as Float32Array;
      const { norm, sum, product } = expected.gradients[key];
      const other = noise(p.size, 101 + k);
      check(`d ${key}, norm`, [Math.sqrt(g.reduce((s, v) => s + v * v, 0))], [norm], norm);
      // Rounding errors of p.size addends of random sign grow like the root of their number.
      check(`d ${key}, sum`, [g.reduce((s, v) => s + v, 0)], [sum], norm * Math.sqrt(p.size));
      check(`d ${key}, product`, [g.reduce((s, v, i) => s + v * other[i], 0)], [product], norm);
    }
    logits.storage.release();
    loss.storage.release();
  });
}

test.run();
