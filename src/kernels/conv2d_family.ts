/**
 * The three kernel families of a convolution: y, dx and dw. A problem is the geometry of the convolution; a choice names the member
 * and, where the member has a register tile, its number of rows: `{ variant: 'subgroup', ROWS: 16 }`.
 */
import type { Device } from '../device/device.js';
import type { Conv2dGeometry } from './conv2d_geometry.js';
import { sizeClass, type Choice, type Family } from './family.js';

export type Conv2dProblem = Conv2dGeometry;

const NAIVE: Choice = { variant: 'naive' };

/** The subgroup members are written for subgroups of one known size. */
function hasSubgroups(device: Device): boolean {
  const s = device.adapter.subgroupSize;
  return device.features.has('subgroups') && s >= 4 && s <= 32;
}

/** Tiles of few rows for few channels, or most of the tile would be thrown away. */
function fittingRows(device: Device, channels: number): number {
  const S = device.adapter.subgroupSize;
  return S * Math.max(1, Math.min(Math.floor(16 / S), Math.ceil(channels / S)));
}

function shapeClass(g: Conv2dProblem): string {
  const [N, C, O, H, W] = [g.N, g.C, g.O, g.H, g.W].map(sizeClass);
  return `N${N} C${C} H${H} W${W} O${O} k${g.kH}x${g.kW} s${g.stride.join('x')} d${g.dilation.join('x')} g${sizeClass(g.groups)}`;
}

function defineFamily(name: string, channels: (g: Conv2dProblem) => number): Family<Conv2dProblem> {
  const candidates = (device: Device, g: Conv2dProblem): Choice[] => {
    if (!hasSubgroups(device)) return [NAIVE];
    const S = device.adapter.subgroupSize;
    const most = fittingRows(device, channels(g));
    return [...[S, 2 * S].filter((rows) => rows <= most).map((ROWS) => ({ variant: 'subgroup', ROWS })), NAIVE];
  };
  return { name, shapeClass, candidates, defaultChoice: (device, g) => (hasSubgroups(device) ? { variant: 'subgroup', ROWS: fittingRows(device, channels(g)) } : NAIVE) };
}

export const conv2dFamily = defineFamily('conv2d', (g) => g.O / g.groups);
export const conv2dBackwardInputFamily = defineFamily('conv2d_backward_input', (g) => g.C / g.groups);
const weightFamily = defineFamily('conv2d_backward_weight', (g) => g.O / g.groups);

/** A depthwise convolution fills one row and kH kW columns of the subgroup kernel's tile: naive takes half the time (lavapipe, 3x3). */
const isDepthwise = (g: Conv2dProblem): boolean => g.groups > 1 && g.O === g.groups && g.C === g.groups;

export const conv2dBackwardWeightFamily: Family<Conv2dProblem> = {
  ...weightFamily,
  defaultChoice: (device, g) => (isDepthwise(g) ? NAIVE : weightFamily.defaultChoice(device, g)),
};
