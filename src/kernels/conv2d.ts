/**
 * Convolution (cross-correlation, as in PyTorch) and its gradients. x (N, C, H, W), w (O, C / groups, kH, kW), bias (O),
 * y (N, O, oH, oW) with oH = floor((H + padding before + padding after - dilation (kH - 1) - 1) / stride) + 1.
 */
import type { Device } from '../device/device.js';
import { ShapeError } from '../device/errors.js';
import { defineKernel, type Kernel } from '../device/kernel.js';
import type { Specialisation } from '../device/wgsl.js';
import { formatShape, sizeOf } from '../tensor/shape.js';
import { empty, rows, view, zeros, type Tensor } from '../tensor/tensor.js';
import { requireBindable, requireF32, requireRank } from './common.js';
import { conv2dGeometry, type Conv2dGeometry, type Conv2dOptions } from './conv2d_geometry.js';
import { conv2dBackwardInputFamily, conv2dBackwardWeightFamily, conv2dFamily } from './conv2d_family.js';
import { choose, type Choice } from './family.js';
import { reduce } from './reduce.js';
import { rowWindows } from './windows.js';

const includes = ['common/grid.wgsl', 'common/conv2d_params.wgsl'];
const forwardNaive = defineKernel({ name: 'conv2d_naive', includes, bindings: ['read', 'read', 'read', 'write', 'params'] });
const inputNaive = defineKernel({ name: 'conv2d_backward_input_naive', includes, bindings: ['read', 'read', 'read', 'write', 'params'] });
const weightNaive = defineKernel({ name: 'conv2d_backward_weight_naive', includes, bindings: ['read', 'read', 'write', 'params'] });
const gatherSubgroup = defineKernel({ name: 'conv2d_subgroup', includes, bindings: ['read', 'read', 'read', 'write', 'params'] });
const weightSubgroup = defineKernel({ name: 'conv2d_backward_weight_subgroup', includes, bindings: ['read', 'read', 'write', 'params'] });

export * from './conv2d_geometry.js';
export * from './conv2d_family.js';

function words(g: Conv2dGeometry, N: number, splits = 1): number[] {
  return [N, g.C, g.H, g.W, g.O, g.kH, g.kW, g.oH, g.oW, ...g.stride, ...g.padding, ...g.dilation, g.groups, splits];
}

/** Lanes and register rows of the subgroup kernels. */
function tileOf(device: Device, choice: Choice): { readonly S: number; readonly ROWS: number; readonly specialise: Specialisation } {
  const S = device.adapter.subgroupSize;
  const ROWS = Number(choice['ROWS'] ?? S);
  return { S, ROWS, specialise: { S: `${S}u`, ROWS: `${ROWS}u` } };
}

export function conv2d(x: Tensor, w: Tensor, bias: Tensor | null, options: Conv2dOptions = {}): Tensor {
  requireF32('conv2d', { x, w, ...(bias ? { bias } : {}) });
  requireRank('conv2d', 'x', x, 'N C H W');
  requireRank('conv2d', 'w', w, 'O C kH kW');
  const g = conv2dGeometry(x.shape, w.shape, options);
  if (bias && (bias.rank !== 1 || bias.size !== g.O)) throw new ShapeError(`[conv2d] bias ${formatShape(bias.shape)} does not fit O = ${g.O}`);
  return conv2dForward(x, w, bias, g, options.choice);
}

/** y (N, O, oH, oW) of sizes that were checked. Also the backward-input of a transposed convolution. */
export function conv2dForward(x: Tensor, w: Tensor, bias: Tensor | null, g: Conv2dGeometry, choice = choose(conv2dFamily, x.device, g)): Tensor {
  const y = empty(x.device, [g.N, g.O, g.oH, g.oW]);
  gather(choice, forwardNaive, g, x, w, bias, y, false);
  return y;
}

/** dx (N, C, H, W) from dy (N, O, oH, oW). Also the forward of a transposed convolution, which alone has a bias (C). */
export function conv2dBackwardInput(dy: Tensor, w: Tensor, g: Conv2dGeometry, choice = choose(conv2dBackwardInputFamily, dy.device, g), bias: Tensor | null = null): Tensor {
  const dx = empty(dy.device, [g.N, g.C, g.H, g.W]);
  gather(choice, inputNaive, g, dy, w, bias, dx, true);
  return dx;
}

/** Forward or backward-input, in windows of images. */
function gather(choice: Choice, naive: Kernel, g: Conv2dGeometry, input: Tensor, w: Tensor, bias: Tensor | null, output: Tensor, transposed: boolean): void {
  if (output.size === 0) return;
  requireBindable('conv2d', { w });
  const channels = transposed ? g.C : g.O;
  const plane = transposed ? g.H * g.W : g.oH * g.oW;
  for (const [start, end] of rowWindows('conv2d', input.device, g.N, [input, output].map((t) => sizeOf(t.shape.slice(1))))) {
    const count = end - start;
    const buffers = [rows(input, start, end).range, w.range, bias?.range ?? w.range, rows(output, start, end).range];
    const HAS_BIAS = bias === null ? 0 : 1;
    if (choice.variant === 'subgroup') {
      const { S, ROWS, specialise } = tileOf(input.device, choice);
      input.device.dispatch(gatherSubgroup, {
        buffers,
        params: words(g, count),
        constants: { HAS_BIAS, TRANSPOSED: transposed ? 1 : 0 },
        specialise,
        workgroups: Math.ceil((count * plane) / (4 * S)) * Math.ceil(channels / g.groups / ROWS) * g.groups,
      });
    } else {
      input.device.dispatch(naive, { buffers, params: words(g, count), constants: { HAS_BIAS }, workgroups: Math.ceil((count * channels * plane) / 64) });
    }
  }
}

/** Workgroups that the backward-weight kernel aims at: its depth, the images, is split to get there. */
const WEIGHT_WORKGROUPS = 64;

/** dw (O, C / groups, kH, kW) from x and dy: parts over images, then their sum. */
export function conv2dBackwardWeight(x: Tensor, dy: Tensor, g: Conv2dGeometry, choice = choose(conv2dBackwardWeightFamily, x.device, g)): Tensor {
  const shape = [g.O, g.C / g.groups, g.kH, g.kW];
  const elements = sizeOf(shape);
  if (g.N === 0) return zeros(x.device, shape);
  const windows = rowWindows('conv2d', x.device, g.N, [x, dy].map((t) => sizeOf(t.shape.slice(1))));
  const parts = windows.map(([start, end]) => weightParts(rows(x, start, end), rows(dy, start, end), g, choice));
  const sums = parts.map((part) => (part.shape[0] === 1 ? part : reduce('sum', part, [0])));
  if (sums.length === 1) return view(sums[0], shape);
  const all = empty(x.device, [sums.length, elements]);
  sums.forEach((p, i) => x.device.copy(p.storage, p.byteOffset, all.storage, i * elements * 4, elements * 4));
  return view(reduce('sum', all, [0]), shape);
}

/** dw of some images as (parts, elements of dw). */
function weightParts(x: Tensor, dy: Tensor, g: Conv2dGeometry, choice: Choice): Tensor {
  const N = x.shape[0];
  const columns = (g.C / g.groups) * g.kH * g.kW;
  const elements = g.O * columns;
  const tile = choice.variant === 'subgroup' ? tileOf(x.device, choice) : null;
  // Workgroups of one part: tiles of 4 S columns and ROWS rows, or 64 elements.
  const tiles = tile === null ? Math.ceil(elements / 64) : Math.ceil(columns / (4 * tile.S)) * Math.ceil(g.O / g.groups / tile.ROWS) * g.groups;
  const bindable = Math.floor(x.device.maxBindingBytes / 4 / elements);
  const splits = Math.min(N, Math.max(1, Math.min(bindable, Math.ceil(WEIGHT_WORKGROUPS / tiles))));
  const part = empty(x.device, [splits, elements]);
  requireBindable('conv2d', { dw: part });
  x.device.dispatch(tile === null ? weightNaive : weightSubgroup, {
    buffers: [x.range, dy.range, part.range],
    params: words(g, N, splits),
    specialise: tile?.specialise ?? {},
    workgroups: tile === null ? Math.ceil((elements * splits) / 64) : tiles * splits,
  });
  return part;
}

/** dbias (O): dy (N, O, oH, oW) summed over all but O. */
export function conv2dBackwardBias(dy: Tensor): Tensor {
  const fits = dy.size * 4 <= dy.device.maxBindingBytes;
  const sum = fits ? reduce('sum', dy, [0, 2, 3]) : reduce('sum', reduce('sum', dy, [2, 3]), [0]); // windows want neighbours
  return view(sum, [dy.shape[1]]);
}
