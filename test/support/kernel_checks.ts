/**
 * Checks of kernels that no differentiable op launches, and of members of a family that an op does not choose: each
 * against its reference.
 */
import * as assert from 'uvu/assert';
import { checkRoofKernels } from '../../src/measure/roofs.js';
import type { Device } from '../../src/device/device.js';
import { add_ } from '../../src/kernels/elementwise/accumulate.js';
import { addClassificationMetrics_ } from '../../src/kernels/loss/classification_metrics.js';
import { classRanks } from '../../src/kernels/loss/class_ranks.js';
import { classRanks as classRanksReference } from '../../src/kernels/loss/class_ranks_reference.js';
import { classificationMetrics } from '../../src/kernels/loss/classification_metrics_reference.js';
import {
  gatherImages as gatherImagesReference,
  type ImageBytes,
} from '../../src/kernels/images/gather_images_reference.js';
import { uniform } from '../../src/kernels/random/philox.js';
import { gatherImages } from '../../src/kernels/images/gather_images.js';
import { advanceScaledStep_, unscale_ } from '../../src/kernels/optimizer/loss_scale.js';
import { manualSeed, rand, uniform_ } from '../../src/kernels/random/random.js';
import { Tensor, full, tensor, zeros } from '../../src/tensor/tensor.js';
import { expectClose, expectSame } from '../../src/cases/close.js';
import { augmentChecks } from './augment_checks.js';
import { batchNormChecks } from './batch_norm_checks.js';
import { UNIT, drawTensor, randomNumbers, upload } from '../../src/cases/draw.js';
import { convolutionChecks } from './convolution_checks.js';
import { crossEntropyChecks } from './cross_entropy_checks.js';
import { familyChecks } from './family_checks.js';
import { instanceNormChecks } from './instance_norm_checks.js';
import { matmulChecks } from './matmul_checks.js';
import { nonfiniteChecks } from './nonfinite_checks.js';
import { optimizerChecks } from './optimizer_checks.js';
import { randomChecks } from './random_checks.js';
import { recurrentChecks } from './recurrent_checks.js';
import { trainingChecks } from './training_checks.js';

export interface KernelCheck {
  readonly name: string;
  readonly run: (device: Device) => Promise<void>;
}

/**
 * A tensor of `size` zeros at the front of larger memory, and the whole memory: to see that what lies behind stays as
 * it is.
 */
function zerosInMemory(device: Device, size: number): { x: Tensor; memory: Tensor } {
  const memory = zeros(device, [Math.ceil((size + 1) / 64) * 64]);
  return { x: new Tensor(memory.storage, 0, [size], 'f32'), memory };
}

function checkAddInPlace(size: number): KernelCheck {
  return {
    name: `add_ (${size})`,
    run: async (device) => {
      const { x, memory } = zerosInMemory(device, size);
      const b = drawTensor([size], UNIT, size);
      add_(x, upload(device, b));
      add_(x, upload(device, b));
      const got = await memory.read();
      expectClose({
        op: 'add_',
        argument: 'a',
        got: got.subarray(0, size),
        expected: b.data.map((v) => 2 * v),
        pair: 'GPU with CPU',
        label: `${size}`,
      });
      expectSame('add_', 'padding', got.subarray(size), new Float32Array(got.length - size));
    },
  };
}

function checkFill(size: number): KernelCheck {
  return {
    name: `full (${size})`,
    run: async (device) =>
      expectSame('full', 'out', await full(device, [size], 2.5).read(), new Float32Array(size).fill(2.5)),
  };
}

function checkUniform(size: number): KernelCheck {
  return {
    name: `uniform_ (${size})`,
    run: async (device) => {
      const { x, memory } = zerosInMemory(device, size);
      manualSeed(device, 2 ** 33 + 12345);
      uniform_(x, 0, 1);
      const first = await memory.read();
      expectSame(
        'uniform_',
        'first call',
        first.subarray(0, size),
        uniform(size, { seed: 2 ** 33 + 12345, step: 0, call: 0 }),
      );
      expectSame('uniform_', 'padding', first.subarray(size), new Float32Array(first.length - size));
      uniform_(x, 0, 1);
      expectSame('uniform_', 'second call', await x.read(), uniform(size, { seed: 2 ** 33 + 12345, step: 0, call: 1 }));
    },
  };
}

/** A step moves the generator on, and so do 256 calls outside of one. */
const checkAdvance: KernelCheck = {
  name: 'random_advance',
  run: async (device) => {
    manualSeed(device, 5);
    const draw = (): Tensor => rand(device, [7]);
    const [first, second] = device.step(() => [draw(), draw()]);
    const nextStep = device.step(draw);
    const expected = (step: number, call: number): Float64Array => uniform(7, { seed: 5, step, call });
    expectSame('rand', 'first call of step 0', await first.read(), expected(0, 0));
    expectSame('rand', 'second call of step 0', await second.read(), expected(0, 1));
    expectSame('rand', 'step 1', await nextStep.read(), expected(1, 0));
    manualSeed(device, 5);
    const calls = Array.from({ length: 257 }, draw);
    expectSame('rand', 'call 255', await calls[255].read(), expected(0, 255));
    expectSame('rand', 'call 256', await calls[256].read(), expected(1, 0));
  },
};

/**
 * Also sizes of a batch and an image that are no multiples of 4, so that bytes lie across words; batches in a row, and
 * all images at once.
 */
function checkGatherImages(channels: number, width: number, crop?: number): KernelCheck {
  return {
    name: `gather_images, ${channels} channels, rows of ${width}${crop === undefined ? '' : `, crop ${crop}`}`,
    run: async (device) => {
      const random = randomNumbers(channels);
      const [N, height] = [7, crop === undefined ? 5 : 11];
      const seen = crop === undefined ? {} : { crop };
      const source: ImageBytes = {
        bytes: Uint8Array.from({ length: Math.ceil((N * channels * height * width) / 4) * 4 }, () =>
          Math.floor(random() * 256),
        ),
        labels: Array.from({ length: N }, (_, n) => (n * 3) % 10),
        order: [4, 0, 6, 2, 1, 5, 3],
        statistics: Array.from({ length: channels }, (_, c) => [0.25 + 0.1 * c, 1 / (0.3 + 0.05 * c)] as const),
        channels,
        height,
        width,
        ...seen,
      };
      const words = (values: ArrayLike<number>): Tensor => tensor(device, Uint32Array.from(values));
      const onGpu = {
        images: words(new Uint32Array(source.bytes.buffer)),
        labels: words(source.labels),
        order: words(source.order),
        statistics: tensor(device, source.statistics),
        channels,
        height,
        width,
        ...seen,
      };
      for (const batches of [[1, 3, 3], [N]]) {
        const cursor = words([0]);
        let start = 0;
        for (const batch of batches) {
          const expected = gatherImagesReference(source, start, batch);
          const { x, label } = gatherImages({ ...onGpu, cursor }, batch);
          const where = `${batch} from ${start}`;
          expectClose({
            op: 'gather_images',
            argument: 'x',
            got: await x.read(),
            expected: expected.x.data,
            pair: 'GPU with CPU',
            label: where,
          });
          expectSame('gather_images', 'label', await label.read(), expected.label.data);
          start += batch;
        }
        expectSame('gather_images', 'cursor', await cursor.read(), [N]);
      }
    },
  };
}

/** Whole numbers of a small range, so that the largest is often not alone. */
function checkMetrics(N: number, C: number): KernelCheck {
  return {
    name: `classification_metrics (${N}, ${C})`,
    run: async (device) => {
      const x = drawTensor([N, C], { low: 0, high: 3, integers: true }, N);
      const label = drawTensor([N], { low: 0, high: C, integers: true }, C);
      const loss = drawTensor([N], UNIT, N + C);
      const totals = zeros(device, [3]);
      for (let i = 0; i < 2; i++)
        addClassificationMetrics_(totals, upload(device, x), upload(device, label, 'u32'), upload(device, loss));
      const expected = classificationMetrics(x, label, loss).map((v) => 2 * v);
      expectClose({
        op: 'classification_metrics',
        argument: 'totals',
        got: await totals.read(),
        expected,
        pair: 'GPU with CPU',
        label: `(${N}, ${C})`,
      });
    },
  };
}

/** Whole numbers of a small range again; labels among them that are no class. */
function checkRanks(N: number, C: number): KernelCheck {
  return {
    name: `class_ranks (${N}, ${C})`,
    run: async (device) => {
      const x = drawTensor([N, C], { low: 0, high: 5, integers: true }, N);
      const label = drawTensor([N], { low: 0, high: C + 1, integers: true }, C);
      const rank = classRanks(upload(device, x), upload(device, label, 'u32'));
      expectSame('class_ranks', 'rank', await rank.read(), classRanksReference(x, label).data);
    },
  };
}

/** Gradients of two chunks; one that overflows in the second. */
async function checkLossScale(device: Device): Promise<void> {
  const start = Float32Array.from({ length: 5000 }, (_, i) => i - 2500);
  for (const bad of [null, Infinity]) {
    const grad = tensor(device, bad === null ? start : start.with(4998, bad));
    const scaling = tensor(device, [8, 0, 0]);
    const hyper = tensor(device, [0.1, 4, 0]);
    advanceScaledStep_(hyper, scaling, unscale_(grad, scaling), 1);
    const got = [await grad.read(), await scaling.read(), await hyper.read()].map((values) => [...values]);
    const skips = bad !== null;
    assert.equal(got, [
      [...start].map((g, i) => (skips && i === 4998 ? Infinity : g / 8)),
      skips ? [4, 0, 1] : [16, 0, 0],
      [Math.fround(0.1), skips ? 4 : 5, skips ? 1 : 0],
    ]);
  }
}

export const kernelChecks: readonly KernelCheck[] = [
  ...[1, 3, 64, 257].map(checkAddInPlace),
  ...[1, 65, 4099].map(checkFill),
  ...[1, 5, 64, 257, 4099].map(checkUniform),
  checkAdvance,
  ...[1, 3].flatMap((channels) => [3, 8].map((width) => checkGatherImages(channels, width))), // 8: four bytes a thread
  checkGatherImages(3, 9, 6),
  checkGatherImages(1, 16, 8),
  checkMetrics(1, 1),
  checkMetrics(131, 10),
  checkMetrics(70, 300), // searched by workgroups
  checkRanks(1, 1),
  checkRanks(7, 131),
  checkRanks(70, 64),
  { name: 'the benchmark’s roofs', run: checkRoofKernels },
  ...familyChecks,
  ...convolutionChecks,
  ...matmulChecks,
  ...batchNormChecks,
  ...crossEntropyChecks,
  ...instanceNormChecks,
  ...recurrentChecks,
  ...optimizerChecks,
  ...randomChecks,
  ...augmentChecks,
  ...trainingChecks,
  ...nonfiniteChecks,
  { name: 'loss scale', run: checkLossScale },
];
