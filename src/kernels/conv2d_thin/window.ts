/** The sizes of a convolution as constants of the kernels for few channels: shaders/thin/window.wgsl. */
import type { Device } from '../../device/device.js';
import type { Specialisation } from '../../device/wgsl.js';
import { FOURS, type Layout } from '../../tensor/layout.js';
import type { DType } from '../../tensor/tensor.js';
import type { Conv2dGeometry } from '../conv2d/geometry.js';
import { hasFittingSubgroups } from '../matmul/family.js';
import { storedType } from '../launch/stored_as.js';

/** Pixels of a block: neighbours in a row of y. */
export const BLOCK = 4;

/** Threads of a workgroup of the kernels that need no subgroups; on a software adapter few, so that none is idle. */
export function threadsOf(device: Device): number {
  return device.adapter.isSoftware ? 8 : 64;
}

/** Lanes of a subgroup where that is one known number, else null. */
export function subgroupOf(device: Device): number | null {
  return hasFittingSubgroups(device) ? device.adapter.subgroupSize : null;
}

/** Whether the window, at the first or the last pixel that counts, sees what is outside of x. */
function reachesOut(g: Conv2dGeometry): boolean {
  return [0, 1].some((i) => {
    const [size, out, k] = [[g.H, g.W][i], [g.oH, g.oW][i], [g.kH, g.kW][i]];
    return g.padding[i] > 0 || (out - 1) * g.stride[i] + (k - 1) * g.dilation[i] >= size;
  });
}

/** Sizes of the convolution: shaders/thin/window_sizes.wgsl. */
export function sizeConstants(g: Conv2dGeometry): Specialisation {
  const u32 = {
    IN_C: g.C / g.groups,
    IN_H: g.H,
    IN_W: g.W,
    OUT_H: g.oH,
    OUT_W: g.oW,
    K_H: g.kH,
    K_W: g.kW,
    STRIDE_H: g.stride[0],
    STRIDE_W: g.stride[1],
    PAD_H: g.padding[0],
    PAD_W: g.padding[1],
    DILATION_H: g.dilation[0],
    DILATION_W: g.dilation[1],
    GROUPS: g.groups,
  };
  return Object.fromEntries(Object.entries(u32).map(([k, v]) => [k, `${v}u`]));
}

/**
 * Those and how x is read: shaders/thin/window.wgsl.
 * @param masksEnds whether the pixels that fill the last block of a row must see zeros past the row of x.
 */
export function windowConstants(g: Conv2dGeometry, masksEnds = false): Specialisation {
  const isMasked = reachesOut(g) || (masksEnds && g.oW % BLOCK !== 0);
  return { ...sizeConstants(g), MASKED: String(isMasked) };
}

/** Columns of x that the window sees from a block. */
export function spanOf(g: Conv2dGeometry): number {
  return (BLOCK - 1) * g.stride[1] + (g.kW - 1) * g.dilation[1] + 1;
}

/** Blocks in a row of y. */
export function rowBlocks(g: Conv2dGeometry): number {
  return Math.ceil(g.oW / BLOCK);
}

/** Whether y of this convolution can lie in fours of channels, of which none belongs to two groups. */
export function makesFours(g: Conv2dGeometry): boolean {
  return (g.O / g.groups) % 4 === 0;
}

/** How dy is read: shaders/thin/gradient.wgsl. */
export function gradientConstants(g: Conv2dGeometry, dtype: DType, layout: Layout): Specialisation {
  const isVector = layout === FOURS || g.oW % BLOCK === 0;
  return {
    OUT_C: `${g.O / g.groups}u`,
    IN_FOURS: String(layout === FOURS),
    DY: storedType(dtype, isVector ? 4 : 1),
    WIDTH: isVector ? '4u' : '1u',
    'fn four_at': isVector ? 'vec4f(dy[at])' : 'vec4f(vec4<DY>(dy[at], dy[at + 1], dy[at + 2], dy[at + 3]))',
  };
}
