/**
 * No member of a family, no optimizer and no clipping loses a NaN: where the reference loops have one, the kernels have
 * one.
 */
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { conv2d, linear, sum } from '../../src/autograd/ops/index.js';
import { hostTensor, type HostTensor } from '../../src/kernels/launch/host_tensor.js';
import { conv2d as conv2dKernel, conv2dFamily, conv2dGeometry } from '../../src/kernels/conv2d/conv2d.js';
import { matmul } from '../../src/kernels/matmul/matmul.js';
import type { FusedActivation } from '../../src/kernels/matmul/product.js';
import { matmulFamily } from '../../src/kernels/matmul/family.js';
import { TRIALS } from '../../src/cases/index.js';
import { Linear, Sequential } from '../../src/nn/index.js';
import {
  Adagrad,
  Lion,
  Adam,
  AdamW,
  RMSprop,
  SGD,
  clipGradNorm_,
  clipGradValue_,
  type Optimizer,
} from '../../src/optim/optim.js';
import { oneOfEach } from '../support/covering.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';

const test = gpuSuite('NaN is kept');

/** The same numbers with a NaN near the middle. */
function withNan({ shape, data }: HostTensor): HostTensor {
  const moved = Float64Array.from(data);
  moved[Math.floor(moved.length / 2)] = NaN;
  return hostTensor(shape, moved);
}

/** Where the NaN stand. */
const places = (values: ArrayLike<number>): string =>
  Array.from(values, (v, i) => (Number.isNaN(v) ? i : -1))
    .filter((i) => i >= 0)
    .join();

for (const { family, ...trials } of TRIALS) {
  test(`every member of ${family.name}`, async () => {
    const device = await testDevice();
    const problems = trials.examples.map((example) => trials.small(example));
    const work = problems.map((problem) => trials.trial(problem).flops);
    const problem = problems[work.indexOf(Math.min(...work))];
    const trial = trials.trial(problem);
    const inputs = [withNan(trial.inputs[0]), ...trial.inputs.slice(1)];
    const expected = places(trial.cpu(inputs).data);
    assert.not(expected === '', 'a NaN reaches the result');
    for (const choice of oneOfEach(family.candidates(device, problem))) {
      const got = places(
        await trial
          .gpu(
            inputs.map((x) => upload(device, x)),
            choice,
          )
          .read(),
      );
      assert.is(
        got === expected,
        true,
        `${JSON.stringify(choice)}: NaN at ${got.slice(0, 200)}, expected at ${expected.slice(0, 200)}`,
      );
    }
  });
}

const ACTIVATIONS: readonly FusedActivation[] = ['relu', 'tanh', 'sigmoid'];

test('every member of matmul and conv2d through a fused activation', async () => {
  const device = await testDevice();
  const [x, w] = [withNan(drawTensor([9, 20], UNIT, 1)), drawTensor([12, 20], UNIT, 2)].map((t) => upload(device, t));
  const product = { batch: 1, M: 9, N: 12, K: 20, transposeA: false, transposeB: true };
  const [image, kernel] = [withNan(drawTensor([2, 4, 6, 8], UNIT, 3)), drawTensor([8, 4, 3, 3], UNIT, 4)].map((t) =>
    upload(device, t),
  );
  const geometry = conv2dGeometry(image.shape, kernel.shape, { padding: 1 });
  for (const activation of ACTIVATIONS) {
    const expected = [await linear(x, w).read(), await conv2d(image, kernel, null, { padding: 1 }).read()].map(places);
    for (const choice of oneOfEach(matmulFamily.candidates(device, product))) {
      const got = await matmul(x, w, { transposeB: true, activation, choice }).read();
      assert.is(places(got), expected[0], `linear ${activation} ${JSON.stringify(choice)}`);
    }
    for (const choice of oneOfEach(conv2dFamily.candidates(device, geometry))) {
      const got = await conv2dKernel(image, kernel, null, { padding: 1, activation, choice }).read();
      assert.is(places(got), expected[1], `conv2d ${activation} ${JSON.stringify(choice)}`);
    }
  }
});

const OPTIMIZERS: Readonly<Record<string, (model: Sequential) => Optimizer>> = {
  SGD: (model) => new SGD(model, { lr: 0.1, momentum: 0.9 }),
  Adam: (model) => new Adam(model, { lr: 0.1 }),
  AdamW: (model) => new AdamW(model, { lr: 0.1 }),
  RMSprop: (model) => new RMSprop(model, { lr: 0.1, centered: true }),
  Adagrad: (model) => new Adagrad(model, { lr: 0.1 }),
  Lion: (model) => new Lion(model),
};

/** Clips, and which weights of (2, 3) are NaN after a step in which those of the middle column had such a gradient. */
const CLIPS: readonly (readonly [name: string, clip: (model: Sequential) => void, expected: string])[] = [
  ['', () => {}, '1,4'],
  [' and clipGradNorm_', (model) => void clipGradNorm_(model, 1), '0,1,2,3,4,5'],
  [' and clipGradValue_', (model) => clipGradValue_(model, 1), '1,4'],
];

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  for (const [clipName, clip, expected] of CLIPS) {
    test(`a NaN gradient reaches the weights through ${name}${clipName}`, async () => {
      const device = await testDevice();
      const model = new Sequential(new Linear(3, 2, { bias: false })).to(device, { seed: 1 });
      const optimizer = make(model);
      const x = upload(device, hostTensor([1, 3], [1, NaN, 2]));
      device.step(() => {
        optimizer.zeroGrad();
        backward(sum(model.forward(x)));
        clip(model);
        optimizer.step();
      });
      assert.is(places((await model.memory.weights.read()).slice(0, 6)), expected);
    });
  }
}

test.run();
