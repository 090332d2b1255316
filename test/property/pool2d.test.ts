/**
 * Pooling of random shapes, windows, strides, paddings and dilations, forward and backward, against the reference
 * loops. A geometry is a pipeline that takes a tenth of a second to compile, so runs are few.
 */
import * as fc from 'fast-check';
import type { AvgPool2dArgs, MaxPool2dArgs, Pool2dArgs } from '../../src/kernels/pool2d/reference.js';
import { gpuSuite } from '../support/gpu.js';
import type { OpCase } from '../../src/cases/spec.js';
import { agreesWithReference, pairOf } from '../support/property.js';

const RUNS = 10;

const batch = fc.record({ N: fc.integer({ min: 1, max: 3 }), C: fc.integer({ min: 1, max: 5 }) });
const window = fc.record({
  kernelSize: pairOf(1, 4),
  stride: pairOf(1, 3),
  padding: pairOf(0, 2),
  ceilMode: fc.boolean(),
});

function pooling<A extends Pool2dArgs>(options: fc.Arbitrary<Omit<A, keyof Pool2dArgs>>): fc.Arbitrary<OpCase<A>> {
  return fc.record({ batch, window, options, more: pairOf(0, 6) }).map((r) => {
    const { kernelSize } = r.window;
    const padding = r.window.padding.map((p, i) => Math.min(p, Math.floor(kernelSize[i] / 2))) as [number, number];
    const { dilation = [1, 1] } = r.options as { dilation?: [number, number] };
    const [H, W] = kernelSize.map((k, i) => r.more[i] + dilation[i] * (k - 1) + 1);
    return { shapes: [[r.batch.N, r.batch.C, H, W]], args: { ...r.window, ...r.options, padding } as unknown as A };
  });
}

const dilated = fc.record({ dilation: pairOf(1, 2) });
const averaged = fc.oneof(
  fc.record({ countIncludePad: fc.boolean() }),
  fc.record({ divisorOverride: fc.integer({ min: 1, max: 7 }) }),
);
const adaptive = fc
  .record({ batch, plane: pairOf(1, 9), outputSize: pairOf(1, 9) })
  .map((r) => ({ shapes: [[r.batch.N, r.batch.C, ...r.plane]], args: { outputSize: r.outputSize } }));

const test = gpuSuite('random pooling');
test('max_pool2d', () => agreesWithReference('max_pool2d', pooling<MaxPool2dArgs>(dilated), RUNS));
test('avg_pool2d', () => agreesWithReference('avg_pool2d', pooling<AvgPool2dArgs>(averaged), RUNS));
test('adaptive_max_pool2d', () => agreesWithReference('adaptive_max_pool2d', adaptive, RUNS / 2));
test('adaptive_avg_pool2d', () => agreesWithReference('adaptive_avg_pool2d', adaptive, RUNS / 2));
test.run();
