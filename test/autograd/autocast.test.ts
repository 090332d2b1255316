/**
 * Every op on halves: forward and gradients agree with the reference as far as halves can, and what each op gives is
 * what its class says.
 */
import * as assert from 'uvu/assert';
import { autocast } from '../../src/autograd/autocast.js';
import { backward, ops } from '../../src/autograd/graph.js';
import * as F from '../../src/autograd/ops/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { checkForward, checkGradients, type Halves } from '../support/check_op.js';
import { spread } from '../support/covering.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { specOf } from '../../src/cases/index.js';

/** A half has 11 bits; a gradient goes through several roundings, relative to the largest magnitude. */
const TOLERANCE = 3e-3;
/** 1 - y^2 and y (1 - y) lose digits where y is near 1; cases of a single element show it. */
const SATURATING: Readonly<Record<string, number>> = { tanh: 0.05, sigmoid: 0.05 };

/** Cases of an op that has no class: whether its inputs are cast does not depend on their sizes. */
const FEW = 3;
/** Cases of an op that has one, at most (support/covering): ops.test.ts runs all of them on f32. */
const MANY = 10;

const test = gpuSuite('autocast');
const device = await testDevice();
const offersHalves = device.features.has('shader-f16');

for (const { name, differentiable, precision: c } of offersHalves ? ops() : []) {
  // Parameters of products and norms stay f32.
  const activations = typeof c === 'object' ? c.half : name.endsWith('_norm') ? 1 : Infinity;
  const halves: Halves = { tolerance: SATURATING[name] ?? TOLERANCE, has: (i) => i < activations };
  test(`[${name}] on halves`, async () => {
    const spec = specOf(name);
    // An op without a class is given f32, whatever its case: ops.test.ts runs all of them on f32.
    const cases = c === undefined ? spec.cases.slice(0, FEW) : spread(spec.cases, MANY);
    for (const one of cases) {
      const y = await checkForward(device, spec, one, halves);
      const isSame = one.shapes.every((s) => s.join() === one.shapes[0].join());
      const keeps = c !== undefined && (c !== 'same' || isSame) && name !== 'cast';
      if (keeps) assert.is(y.dtype, 'f16', `[${name}] ${JSON.stringify(one.shapes)}`);
      else if (y.dtype !== 'u32' && name !== 'cast') assert.is(y.dtype, 'f32', `[${name}]`);
    }
    // A sum near 0 may be rounded to the other side of relu's kink, where the reference has another gradient.
    const isKinked = (args: unknown): boolean =>
      name === 'conv2d' && (args as { activation?: string }).activation === 'relu';
    const small = cases.filter((one) => one.forwardOnly === undefined && !isKinked(one.args));
    if (differentiable)
      for (const one of spec.cpuBackward === undefined ? small.slice(0, 2) : small)
        await checkGradients(device, spec, one, halves);
  });
}

if (offersHalves) {
  test('products take the f32 parameters as they are, and give them f32 gradients', () => {
    device.step(() => {
      const x = tensor(device, [[1, 2, 3]]);
      const w = tensor(device, [[0.1, 0.2, 0.3]], { requiresGrad: true });
      const y = autocast(() => F.linear(x, w));
      assert.is(y.dtype, 'f16');
      backward(autocast(() => F.mean(y)));
      assert.is(w.grad?.dtype, 'f32');
    });
  });

  test('halves past the binding limit are worked on in windows', () =>
    withDevice({ maxBindingBytes: 64 * 1024 }, async (small) => {
      const cases: Record<string, readonly number[][]> = {
        relu: [[70_001]],
        add: [[70_001], [70_001]],
        dropout: [[70_001]],
        max_pool2d: [[2, 67, 30, 32]],
        avg_pool2d: [[2, 67, 30, 32]],
        conv2d: [[130, 4, 16, 16], [8, 4, 3, 3], [8]],
        batch_norm: [[140, 5, 15, 16], [5], [5]],
      };
      for (const [name, shapes] of Object.entries(cases)) {
        const spec = specOf(name);
        const halves = { tolerance: TOLERANCE, has: (i: number) => i === 0 || name === 'add' };
        const args = { kernelSize: [2, 2], p: 0.3, seed: 0, training: true };
        const one = { shapes, args: name === 'relu' || name === 'add' ? null : name === 'conv2d' ? {} : args };
        await checkForward(small, spec, one, halves);
        if (spec.cpuBackward !== undefined) await checkGradients(small, spec, one, halves);
      }
    }));

  test('halves joined with floats become floats, and each gradient is of its part’s type', async () => {
    const a = tensor(device, [[1, 2.5]], { dtype: 'f16', requiresGrad: true });
    const b = tensor(device, [[-0.1]], { requiresGrad: true });
    const y = F.cat([a, b], 1);
    assert.is(y.dtype, 'f32');
    assert.equal([...(await y.read())], [1, 2.5, Math.fround(-0.1)]);
    backward(y, tensor(device, [[3, 4, 5]]));
    assert.equal([a.grad?.dtype, b.grad?.dtype], ['f16', 'f32']);
    assert.equal([...((await a.grad?.read()) ?? [])], [3, 4]);
    assert.throws(() => F.cat([a, tensor(device, [[1]], { dtype: 'u32' })], 1), /u32 does not join/);
  });

  test('outside of autocast an op that computes from f32 refuses halves and says what to do', () => {
    device.step(() => {
      const x = tensor(device, [[1, 2, 3]], { dtype: 'f16' });
      assert.throws(() => F.softmax(x), /f16, expected f32/);
      assert.throws(() => F.permute(x, [1, 0]), /\[permute\].*f16/);
      try {
        F.softmax(x);
      } catch (error) {
        assert.match((error as { fix: string }).fix, "cast(x, 'f32')");
      }
    });
  });
}
test.run();
