/**
 * Forward of a convolution whose x lies in rows, of few channels or of a number that is no multiple of 4:
 * shaders/thin/forward.wgsl.
 */
import { defineKernel, type Kernel } from '../../device/kernel.js';
import type { Specialisation } from '../../device/wgsl.js';
import { FOURS, ROWS } from '../../tensor/layout.js';
import { sizeOf } from '../../tensor/shape.js';
import { empty, rows, type Tensor } from '../../tensor/tensor.js';
import type { Conv2dGeometry } from '../conv2d/geometry.js';
import type { Epilogue } from '../conv2d/epilogue.js';
import { ACTIVATION_FILES, forwardOf } from '../elementwise/unary_table.js';
import { requireBindable } from '../launch/checks.js';
import type { Choice } from '../launch/family.js';
import { storedAs, storedType } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';
import { makesFours, rowBlocks, subgroupOf, windowConstants } from './window.js';

const forwardKernel = (member: string): Kernel =>
  defineKernel({
    name: `thin_forward_${member}`,
    file: `thin/forward_${member}.wgsl`,
    includes: [
      'common/grid.wgsl',
      'thin/window_sizes.wgsl',
      'thin/window.wgsl',
      `thin/weights_${member}.wgsl`,
      'thin/forward.wgsl',
      ...ACTIVATION_FILES,
    ],
    bindings: ['read', 'read', 'read', 'write', 'params'],
  });
const kernels = { subgroup: forwardKernel('subgroup'), register: forwardKernel('register') };
const filterKernel = defineKernel({
  name: 'thin_filter',
  file: 'thin/filter.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'read', 'write', 'params'],
});

/** Threads of a workgroup without subgroups. */
const THREADS = 64;

/** w (O, C / groups, kH, kW) and the bias as the kernel reads them: tiles of so many fours of output channels. */
export function thinFilter(w: Tensor, bias: Tensor | null, g: Conv2dGeometry, fours: number): Tensor {
  const channels = g.O / g.groups;
  const tiles = Math.ceil(channels / 4 / fours);
  const depth = w.size / g.O;
  const biases = bias ? g.groups * tiles * fours : 0;
  const weights = g.groups * tiles * fours * depth;
  const q = empty(w.device, [(weights + biases) * 4]);
  w.device.dispatch(filterKernel, {
    buffers: [w.range, (bias ?? w).range, q.range],
    params: [weights, biases, fours, tiles, depth, channels],
    workgroups: Math.ceil((weights + biases) / 64),
  });
  return q;
}

/**
 * y (N, O, oH, oW) of x (N, C, H, W) and w (O, C / groups, kH, kW), in fours of channels where O / groups is a multiple
 * of 4, else in rows.
 * @param choice `thin_subgroup` or `thin_register`, and FOURS: fours of output channels that a thread makes.
 */
export function thinForward(choice: Choice, g: Conv2dGeometry, x: Tensor, w: Tensor, epilogue: Epilogue): Tensor {
  const layout = makesFours(g) ? FOURS : ROWS;
  const y = empty(x.device, [g.N, g.O, g.oH, g.oW], x.dtype, layout);
  const { bias, residual, activation } = epilogue;
  const channels = g.O / g.groups;
  const fours = Math.min(Number(choice['FOURS'] ?? 4), Math.ceil(channels / 4));
  const lanes = choice.variant === 'thin_subgroup' ? subgroupOf(x.device) : null;
  const filter = thinFilter(w, bias, g, fours);
  requireBindable('conv2d', { w: filter });
  const isVector = layout === FOURS || g.oW % 4 === 0;
  const specialise: Specialisation = {
    ...windowConstants(g),
    ...storedAs(x.dtype, { E4: 4 }),
    OUT_C: `${channels}u`,
    FOURS: `${fours}u`,
    IN_FOURS: String(layout === FOURS),
    OUT: storedType(x.dtype, isVector ? 4 : 1),
    'fn narrow': isVector ? 'OUT(v)' : 'OUT(v[i])',
    'fn widen': isVector ? 'vec4f(v)' : 'vec4f(f32(v))',
    WIDTH: isVector ? '4u' : '1u',
    ...(lanes === null ? {} : { S: `${lanes}u` }),
    ...(activation ? { 'fn activate': forwardOf(activation) } : {}),
  };
  const rowsOfX = x.as(ROWS);
  const added = residual?.as(layout) ?? null;
  const elements = [x, y].map((t) => sizeOf(t.shape.slice(1)));
  for (const [start, end] of rowWindows('conv2d', x.device, g.N, elements, x.dtype === 'f16')) {
    const [inside, outside] = [rows(rowsOfX, start, end), rows(y, start, end)];
    const blocks = (end - start) * g.oH * rowBlocks(g);
    x.device.dispatch(lanes === null ? kernels.register : kernels.subgroup, {
      buffers: [inside.own, filter.own, added ? rows(added, start, end).own : inside.own, outside.own],
      params: [blocks],
      constants: { HAS_BIAS: bias ? 1 : 0, HAS_RESIDUAL: residual ? 1 : 0 },
      specialise,
      workgroups:
        Math.ceil(blocks / (lanes === null ? THREADS : 8 * lanes)) * Math.ceil(channels / 4 / fours) * g.groups,
    });
  }
  filter.release();
  return y;
}
