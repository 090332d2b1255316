/**
 * The three kernel families of a convolution: y, dx and dw. A problem is the geometry of the convolution; a choice
 * names the member and, where the member has a register tile, its number of rows: `{ variant: 'subgroup', ROWS: 16 }`.
 */
import type { Device } from '../../device/device.js';
import type { Conv2dGeometry } from './geometry.js';
import { canThinInput } from '../conv2d_thin/input.js';
import { canThinWeight } from '../conv2d_thin/weight.js';
import { canLayOut } from './quads.js';
import { winogradChoices, winogradDefault, type Pass } from '../winograd/family.js';
import { hasFittingSubgroups } from '../matmul/family.js';
import { matrixChoices, workgroupChoices } from './tiles.js';
import { sizeClass, type Choice, type Family } from '../launch/family.js';

export interface Conv2dProblem extends Conv2dGeometry {
  /** Whether operands may be rounded to halves, because the activations are. */
  readonly isHalf?: boolean;
}

const NAIVE: Choice = { variant: 'naive' };

/**
 * A tile's rows: few for few channels, or most of it would be thrown away. A power of two, so that pipelines are few.
 */
function fittingRows(most: number, channels: number): number {
  return Math.min(most, sizeClass(channels));
}

function shapeClass(g: Conv2dProblem): string {
  const [N, C, O, H, W] = [g.N, g.C, g.O, g.H, g.W].map(sizeClass);
  return (
    `${g.isHalf === true ? 'f16 ' : ''}N${N} C${C} H${H} W${W} O${O} k${g.kH}x${g.kW} s${g.stride.join('x')} ` +
    `d${g.dilation.join('x')} g${sizeClass(g.groups)}`
  );
}

/**
 * A depthwise convolution: each channel of x is seen by its own outputs alone, so that a tile of a product would be
 * mostly empty.
 */
function isDepthwise(g: Conv2dProblem): boolean {
  return g.groups > 1 && g.C === g.groups;
}

/** The members for an x of few channels, or of a number that is no multiple of 4 (conv2d_thin/). */
function thinChoices(device: Device, g: Conv2dProblem, pass: Pass): Choice[] {
  if ((g.C / g.groups) % 4 === 0) return [];
  if (pass === 'weight') return canThinWeight(device, g) ? [{ variant: 'thin' }] : [];
  if (pass === 'input' && !canThinInput(g)) return [];
  const FOURS = 4;
  return [
    ...(hasFittingSubgroups(device) ? [{ variant: 'thin_subgroup', FOURS }] : []),
    { variant: 'thin_register', FOURS },
  ];
}

/**
 * Those members are compiled for the sizes of an image, which takes a second or more: by default only where there is
 * work for them.
 */
const WORTH_COMPILING = 1e6;

function multiplications(g: Conv2dProblem): number {
  return (g.N * g.O * g.oH * g.oW * g.C * g.kH * g.kW) / g.groups;
}

/** Channels up to which they were the fastest on lavapipe. */
const THIN: Readonly<Record<Pass, number>> = { forward: 8, input: 3, weight: 8 };

/**
 * @param channels rows of the product.
 * @param most rows of the subgroup member's register tile that were fastest on lavapipe for many channels.
 */
function defineFamily(
  name: string,
  pass: Pass,
  channels: (g: Conv2dProblem) => number,
  most: number,
): Family<Conv2dProblem> {
  const tiled = (device: Device, g: Conv2dProblem): Choice[] => {
    const rows = fittingRows(most, channels(g));
    const choices: Choice[] = [];
    // of 32 rows the sums leave the registers of a GPU
    const tallest = fittingRows(device.adapter.isSoftware ? 32 : 16, channels(g));
    if (hasFittingSubgroups(device))
      for (const ROWS of new Set([Math.min(rows, tallest), fittingRows(8, rows), tallest]))
        choices.push({ variant: 'subgroup', ROWS });
    return [...choices, ...workgroupChoices(device, g, pass), { variant: 'register', ROWS: Math.min(8, rows) }];
  };
  const candidates = (device: Device, g: Conv2dProblem): Choice[] => {
    const inFours: Choice[] = isDepthwise(g) && g.O === g.C && g.C % 4 === 0 ? [{ variant: 'depthwise' }] : [];
    if (!canLayOut(device, g)) return [NAIVE];
    const fewer = [...thinChoices(device, g, pass), ...winogradChoices(device, g, pass)];
    const matrix = g.isHalf === true && !isDepthwise(g) ? matrixChoices(device, g, pass) : [];
    return [...inFours, ...matrix, ...tiled(device, g), ...fewer, NAIVE];
  };
  const defaultChoice = (device: Device, g: Conv2dProblem): Choice => {
    const all = candidates(device, g);
    const thin = multiplications(g) >= WORTH_COMPILING ? all.find((c) => c.variant.startsWith('thin')) : undefined;
    if (isDepthwise(g)) return all.find((c) => c.variant === 'depthwise') ?? thin ?? NAIVE;
    if (device.adapter.isSoftware && thin !== undefined && g.C / g.groups <= THIN[pass]) return thin;
    if (all[0].variant === 'matrix') return all[0];
    const winograd = winogradDefault(device, g, pass);
    if (winograd !== null) return winograd;
    const wanted = device.adapter.isSoftware ? 'subgroup' : 'workgroup';
    return all.find((c) => c.variant === wanted) ?? all[0];
  };
  return { name, shapeClass, candidates, defaultChoice };
}

export const conv2dFamily = defineFamily('conv2d', 'forward', (g) => g.O / g.groups, 16);
export const conv2dBackwardInputFamily = defineFamily('conv2d_backward_input', 'input', (g) => g.C / g.groups, 16);
export const conv2dBackwardWeightFamily = defineFamily('conv2d_backward_weight', 'weight', (g) => g.O / g.groups, 32);
