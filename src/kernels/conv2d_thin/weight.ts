/**
 * Gradient of the weights (and of the bias) of a convolution whose x lies in rows, of few channels or of a number that
 * is no multiple of 4: shaders/thin/backward_weight.wgsl.
 */
import type { Device } from '../../device/device.js';
import { defineKernel } from '../../device/kernel.js';
import { FOURS, ROWS } from '../../tensor/layout.js';
import { sizeOf } from '../../tensor/shape.js';
import { empty, rows, type Tensor } from '../../tensor/tensor.js';
import type { Conv2dGeometry } from '../conv2d/geometry.js';
import type { WeightDestinations } from '../conv2d/epilogue.js';
import { requireBindable } from '../launch/checks.js';
import type { Choice } from '../launch/family.js';
import { storedAs } from '../launch/stored_as.js';
import { BUSY_WORKGROUPS, kindOf } from '../launch/targets.js';
import { rowWindows } from '../launch/windows.js';
import { gradientConstants, makesFours, rowBlocks, threadsOf, windowConstants } from './window.js';

const partsKernel = defineKernel({
  name: 'thin_backward_weight',
  file: 'thin/backward_weight.wgsl',
  includes: ['common/grid.wgsl', 'thin/window_sizes.wgsl', 'thin/window.wgsl', 'thin/gradient.wgsl'],
  bindings: ['read', 'read', 'write', 'params'],
});
const sumKernel = defineKernel({
  name: 'thin_weight_sum',
  file: 'thin/weight_sum.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'write', 'write', 'params'],
});

/** Sums that a thread keeps: more do not fit registers, and take long to compile. */
const MOST_TAPS = 25;
/** Workgroups that the launch aims at: parts for all to do, and few to add up. */

/** Elements of a part, so that the parts of a window start on 256 bytes. */
function partElements(g: Conv2dGeometry, hasBias: boolean): number {
  const depth = (g.C / g.groups) * g.kH * g.kW + (hasBias ? 1 : 0);
  return 8 * Math.ceil((g.groups * Math.ceil(g.O / g.groups / 4) * depth) / 2);
}

/** Whether the parts of all windows can be bound at once. */
export function canThinWeight(device: Device, g: Conv2dGeometry): boolean {
  const images = [g.C * g.H * g.W, g.O * g.oH * g.oW];
  const windows = rowWindows('conv2d', device, g.N, images, true).length;
  return 4 * windows * threadsOf(device) * partElements(g, true) <= device.maxBindingBytes;
}

/**
 * dw (O, C / groups, kH, kW), f32, and, with `hasBias`, dbias (O), from x (N, C, H, W), taken in rows, and dy (N, O,
 * oH, oW), taken in fours where O / groups is a multiple of 4.
 * @param choice FOURS: fours of channels of dy that a thread sums.
 */
export function thinBackwardParameters(
  choice: Choice,
  g: Conv2dGeometry,
  x: Tensor,
  dy: Tensor,
  hasBias: boolean,
  into: WeightDestinations = {},
): { dw: Tensor; dbias: Tensor | null } {
  const { device } = x;
  const channels = g.O / g.groups;
  const inFours = Math.ceil(channels / 4);
  const fours = Math.min(Number(choice['FOURS'] ?? (g.kH * g.kW <= 9 ? 2 : 1)), inFours);
  const most = Math.max(1, Math.min(5, Math.floor(MOST_TAPS / g.kW)));
  const kRows = Math.ceil(g.kH / Math.ceil(g.kH / most));
  const threads = threadsOf(device);
  const tiles = Math.ceil(inFours / fours) * Math.ceil(g.kH / kRows) * (g.C / g.groups) * g.groups;
  const depth = (g.C / g.groups) * g.kH * g.kW;
  const stride = partElements(g, hasBias);
  const wanted = Math.ceil(BUSY_WORKGROUPS[kindOf(device)] / tiles);
  const layout = makesFours(g) ? FOURS : ROWS;
  const [xs, dys] = [x.as(ROWS), dy.as(layout)];
  const elements = [x, dy].map((t) => sizeOf(t.shape.slice(1)));
  const windows = rowWindows('conv2d', device, g.N, elements, x.dtype === 'f16');
  const bindable = Math.floor(device.maxBindingBytes / 4 / stride / threads / windows.length);
  const splitsOf = (strips: number): number => Math.max(1, Math.min(bindable, wanted, Math.ceil(strips / threads)));
  const splits = windows.map(([start, end]) => splitsOf((end - start) * rowBlocks(g)));
  const parts = empty(device, [splits.reduce((a, b) => a + b, 0) * threads, stride]);
  requireBindable('conv2d', { dw: parts });
  let done = 0;
  for (const [i, [start, end]] of windows.entries()) {
    const part = rows(parts, done * threads, (done + splits[i]) * threads);
    device.dispatch(partsKernel, {
      buffers: [rows(xs, start, end).own, rows(dys, start, end).own, part.own],
      params: [(end - start) * rowBlocks(g), splits[i], stride / 4, kRows * g.kW * fours],
      constants: { HAS_BIAS: hasBias ? 1 : 0 },
      specialise: {
        ...windowConstants(g, true),
        ...storedAs(x.dtype, { E4: 4 }),
        ...gradientConstants(g, x.dtype, layout),
        THREADS: `${threads}u`,
        FOURS: `${fours}u`,
        K_ROWS: `${kRows}u`,
        UNROLLED: String(kindOf(device) === 'gpu'),
      },
      workgroups: tiles * splits[i],
    });
    done += splits[i];
  }
  const dw = into.dw ?? empty(device, [g.O, g.C / g.groups, g.kH, g.kW]);
  const dbias = hasBias ? (into.dbias ?? empty(device, [g.O])) : null;
  const unused = dbias === null ? empty(device, [1]) : null;
  device.dispatch(sumKernel, {
    buffers: [parts.own, dw.own, (dbias ?? unused ?? dw).own],
    params: [parts.shape[0], stride, g.O, depth, hasBias ? g.O : 0, channels],
    workgroups: Math.ceil((g.O * (depth + (hasBias ? 1 : 0))) / 64),
  });
  parts.release();
  unused?.release();
  return { dw, dbias };
}
