/** Gradient of an x of few channels: shaders/thin/backward_input.wgsl. */
import { defineKernel, type Kernel } from '../../device/kernel.js';
import { FOURS, ROWS } from '../../tensor/layout.js';
import { sizeOf } from '../../tensor/shape.js';
import { empty, rows, type Tensor } from '../../tensor/tensor.js';
import type { Conv2dGeometry } from '../conv2d/geometry.js';
import { requireBindable } from '../launch/checks.js';
import type { Choice } from '../launch/family.js';
import { storedAs } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';
import { thinFilter } from './forward.js';
import { gradientConstants, makesFours, rowBlocks, spanOf, subgroupOf, threadsOf, sizeConstants } from './window.js';

const inputKernel = (member: string): Kernel =>
  defineKernel({
    name: `thin_backward_input_${member}`,
    file: `thin/backward_input_${member}.wgsl`,
    includes: [
      'common/grid.wgsl',
      'thin/window_sizes.wgsl',
      'thin/gradient.wgsl',
      `thin/weights_${member}.wgsl`,
      'thin/backward_input.wgsl',
    ],
    bindings: ['read', 'read', 'write', 'params'],
  });
const kernels = { subgroup: inputKernel('subgroup'), register: inputKernel('register') };
const sumKernel = defineKernel({
  name: 'thin_span_sum',
  file: 'thin/span_sum.wgsl',
  includes: ['common/grid.wgsl', 'thin/window_sizes.wgsl'],
  bindings: ['read', 'write', 'params'],
});

/** Elements of the largest window: of 5x5 the sums no longer fit registers, and it was 3 times slower than others. */
const MOST_TAPS = 9;

/** Whether `thinBackwardInput` can do this: rows of x must be done with in order, and few at a time. */
export function canThinInput(g: Conv2dGeometry): boolean {
  return g.dilation[0] === 1 && g.stride[0] <= g.kH && g.kH * g.kW <= MOST_TAPS;
}

/**
 * dx (N, C, H, W), in rows, from dy (N, O, oH, oW), taken in fours where O / groups is a multiple of 4, and w (O, C /
 * groups, kH, kW), f32.
 * @param choice `thin_subgroup` or `thin_register`.
 */
export function thinBackwardInput(choice: Choice, g: Conv2dGeometry, dy: Tensor, w: Tensor): Tensor {
  const { device } = dy;
  const dx = empty(device, [g.N, g.C, g.H, g.W], dy.dtype);
  const layout = makesFours(g) ? FOURS : ROWS;
  const dys = dy.as(layout);
  const lanes = choice.variant === 'thin_subgroup' ? subgroupOf(device) : null;
  const threads = lanes ?? threadsOf(device);
  const filter = thinFilter(w, null, g, 1);
  requireBindable('conv2d', { w: filter });
  const image = g.C * rowBlocks(g) * ((g.oH - 1) * g.stride[0] + g.kH) * 4 * Math.ceil(spanOf(g) / 4);
  const sizes = sizeConstants(g);
  const elements = [...[dx, dy].map((t) => sizeOf(t.shape.slice(1))), 64 * Math.ceil(image / 64)];
  for (const [start, end] of rowWindows('conv2d', device, g.N, elements, dy.dtype === 'f16')) {
    const N = end - start;
    const spans = empty(device, [N, image]);
    const part = rows(dx, start, end);
    device.dispatch(lanes === null ? kernels.register : kernels.subgroup, {
      buffers: [rows(dys, start, end).own, filter.own, spans.own],
      params: [N * rowBlocks(g)],
      specialise: {
        ...sizes,
        ...gradientConstants(g, dy.dtype, layout),
        ...(lanes === null ? { THREADS: `${threads}u` } : { S: `${threads}u` }),
      },
      workgroups: Math.ceil((N * rowBlocks(g)) / threads) * g.C,
    });
    device.dispatch(sumKernel, {
      buffers: [spans.own, part.own],
      params: [part.size],
      specialise: { ...sizes, ...storedAs(dy.dtype, { E: 1 }) },
      workgroups: Math.ceil(part.size / 64),
    });
    spans.release();
  }
  filter.release();
  return dx;
}
