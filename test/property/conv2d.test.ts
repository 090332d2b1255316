/**
 * Convolutions of random shapes, strides, paddings, dilations and groups, forward and backward, against the reference
 * loops.
 */
import * as fc from 'fast-check';
import type { Conv2dArgs } from '../../src/kernels/conv2d/reference.js';
import type { ConvTranspose2dArgs } from '../../src/kernels/conv2d/reference_transpose.js';
import { gpuSuite } from '../support/gpu.js';
import type { OpCase } from '../../src/cases/spec.js';
import { agreesWithReference, pairOf } from '../support/property.js';

const RUNS = 25;

/** Channels of a group on either side; more outputs than a register tile has rows (16) among them. */
const channels = fc.record({
  N: fc.integer({ min: 1, max: 3 }),
  groups: fc.integer({ min: 1, max: 4 }),
  into: fc.integer({ min: 1, max: 4 }),
  out: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(17)),
  bias: fc.boolean(),
});
const window = fc.record({ k: pairOf(1, 4), stride: pairOf(1, 3), padding: pairOf(0, 3), dilation: pairOf(1, 3) });

/** Rows and columns beyond those that the window needs. */
const convolutions: fc.Arbitrary<OpCase<Conv2dArgs>> = fc
  .record({ channels, window, more: pairOf(0, 7), isSame: fc.integer({ min: 0, max: 3 }) })
  .map((r) => {
    const { N, groups, into, out, bias } = r.channels;
    const { k, stride, padding, dilation } = r.window;
    const isSame = r.isSame === 3;
    const [H, W] = k.map(
      (size, i) => r.more[i] + Math.max(1, isSame ? 1 : dilation[i] * (size - 1) + 1 - 2 * padding[i]),
    );
    const O = groups * out;
    return {
      shapes: [[N, groups * into, H, W], [O, into, ...k], ...(bias ? [[O]] : [])],
      args: { groups, dilation, ...(isSame ? { padding: 'same' } : { stride, padding }) },
    };
  });

const transposed: fc.Arbitrary<OpCase<ConvTranspose2dArgs>> = fc
  .record({ channels, window, plane: pairOf(1, 6), more: pairOf(0, 2) })
  .map((r) => {
    const { N, groups, into, out, bias } = r.channels;
    const { k, stride, dilation } = r.window;
    const outputPadding = r.more.map((p, i) => Math.min(p, Math.max(stride[i], dilation[i]) - 1)) as [number, number];
    const whole = r.plane.map((size, i) => (size - 1) * stride[i] + dilation[i] * (k[i] - 1) + outputPadding[i] + 1);
    // leave something of y
    const padding = r.window.padding.map((p, i) => Math.min(p, Math.floor((whole[i] - 1) / 2))) as [number, number];
    return {
      shapes: [[N, groups * into, ...r.plane], [groups * into, out, ...k], ...(bias ? [[groups * out]] : [])],
      args: { groups, stride, padding, outputPadding, dilation },
    };
  });

const test = gpuSuite('random convolutions');
for (const variant of [undefined, 'naive', 'register', 'workgroup'] as const) {
  const forced = <A>(cases: fc.Arbitrary<OpCase<A>>): fc.Arbitrary<OpCase<A>> =>
    variant === undefined ? cases : cases.map((c) => ({ ...c, args: { ...c.args, choice: { variant } } }));
  test(`conv2d ${variant ?? ''}`, () => agreesWithReference('conv2d', forced(convolutions), RUNS));
  test(`conv_transpose2d ${variant ?? ''}`, () => agreesWithReference('conv_transpose2d', forced(transposed), RUNS));
}
test.run();
