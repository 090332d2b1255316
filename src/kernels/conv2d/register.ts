/**
 * Launches of the kernels over fours of channels: forward and gradient of the input (one shader), and the gradient of
 * the weights.
 */
import { UsageError } from '../../device/errors.js';
import type { Specialisation } from '../../device/wgsl.js';
import { sizeOf } from '../../tensor/shape.js';
import { FOURS, ROWS } from '../../tensor/layout.js';
import { rows, type Tensor } from '../../tensor/tensor.js';
import { requireBindable } from '../launch/checks.js';
import type { Epilogue } from './epilogue.js';
import type { Conv2dGeometry } from './geometry.js';
import {
  fours,
  imageElements,
  inputLayout,
  outputLayout,
  depthwiseQuads,
  quads,
  weightQuads,
  type KeptQuads,
  type QuadLayout,
} from './quads.js';
import { forwardOf } from '../elementwise/unary_table.js';
import type { Choice } from '../launch/family.js';
import { matrixConstants } from '../launch/matrix_units.js';
import { storedAs, storedType } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';
import { kindOf } from '../launch/targets.js';
import { gatherKernel, weightKernel } from './kernels.js';
import { backwardSides, forwardSide, reachesOut } from './sides.js';
import { weightSplits } from './tiles.js';

/**
 * What a workgroup makes, rows x columns (pixels; for the gradient of the weights (tap, channel)), and the constants
 * that say so.
 */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly specialise: Specialisation;
}

/** Threads of a workgroup of the register and depthwise kernels. */
const THREADS = 64;

/** @throws UsageError when there is no such member. */
function tileOf(x: Tensor, choice: Choice, pass: 'gather' | 'weight'): Tile {
  const S = x.device.adapter.subgroupSize;
  const { variant } = choice;
  if (variant === 'depthwise') return { rows: 4, columns: 4 * THREADS, specialise: {} };
  if (variant === 'matrix')
    return {
      rows: Number(choice['TILE_M']),
      columns: Number(choice['TILE_N']),
      specialise: matrixConstants(x.device, choice),
    };
  if (variant === 'workgroup') {
    const constants = workgroupTile(choice);
    const step: Constants = pass === 'weight' ? { PIXELS: fitsRegisters(constants, 4, pass) ? 16 : 8 } : {};
    return { rows: constants.ROWS, columns: constants.COLUMNS, specialise: words({ ...constants, ...step }) };
  }
  const fewest = pass === 'gather' ? 1 : 4; // dy comes in fours of rows
  const rows = Math.max(fewest, Number(choice['ROWS'] ?? 8));
  if (variant === 'subgroup') return { rows, columns: 4 * S, specialise: words({ ROWS: rows, S }) };
  if (variant === 'register') return { rows, columns: 4 * THREADS, specialise: words({ ROWS: rows }) };
  throw new UsageError(`[conv2d] there is no kernel "${variant}"`, {
    fix: "use 'subgroup', 'workgroup', 'register' or 'naive'",
  });
}

type Constants = Readonly<Record<string, number>>;

/** Constants of a shader, as u32. */
const words = (constants: Constants): Specialisation =>
  Object.fromEntries(Object.entries(constants).map(([name, value]) => [name, `${value}u`]));

type WorkgroupTile = Readonly<Record<'ROWS' | 'COLUMNS' | 'THREAD_ROWS' | 'THREAD_COLUMNS', number>>;

const workgroupTile = ({ variant: _, ...given }: Choice): WorkgroupTile => ({
  ...{ ROWS: 64, COLUMNS: 64, THREAD_ROWS: 8, THREAD_COLUMNS: 8 },
  ...given,
});

/**
 * Vec4s that a thread may fetch for a step: more leave room for fewer than four subgroups a SIMD (of RDNA 2, as
 * compiled).
 */
const MOST_FETCHED = { gather: 9, weight: 8 } as const;

/** Whether a step of so many fours of depth is little enough. */
function fitsRegisters(tile: WorkgroupTile, depth: number, pass: keyof typeof MOST_FETCHED): boolean {
  const threads = (tile.ROWS * tile.COLUMNS) / (tile.THREAD_ROWS * tile.THREAD_COLUMNS);
  return (depth * (tile.ROWS + tile.COLUMNS)) / threads <= MOST_FETCHED[pass];
}

/** Depth that a step brings: it divides that of a tap, if any does. */
function stepDepth(choice: Choice, D: number): Specialisation {
  if (choice.variant === 'matrix') {
    const DEEP = Math.ceil(D / 8) * 8 > Math.ceil(D / 4) * 4 ? 4 : 8;
    return { ...words({ TILE_K: 4 * DEEP }), WHOLE: String(D % DEEP === 0) };
  }
  const depths = [4, 3, 2].filter((depth) => fitsRegisters(workgroupTile(choice), depth, 'gather'));
  const DEPTH = depths.find((d) => D % d === 0) ?? Math.min(D, depths[0]);
  return { ...words({ DEPTH }), WHOLE: String(D % DEPTH === 0) };
}

/** The depthwise kernels see fours of channels as groups. */
function groupsOf(choice: Choice, g: Conv2dGeometry): Conv2dGeometry {
  return choice.variant === 'depthwise' ? { ...g, groups: g.C / 4 } : g;
}

/**
 * y from x, or dx from dy, in windows of images. A copy of the input in fours is released at once unless it is to be
 * kept (one window only).
 */
export function gatherRegister(
  choice: Choice,
  given: Conv2dGeometry,
  input: Tensor,
  w: Tensor,
  output: Tensor,
  isTransposed: boolean,
  { bias, residual, activation, into }: Epilogue,
  kept: KeptQuads | null = null,
): void {
  requireBindable('conv2d', { w });
  const g = groupsOf(choice, given);
  const layout = isTransposed ? outputLayout(g) : inputLayout(g);
  const [sidesY, sidesX] = isTransposed
    ? [backwardSides(g, 0), backwardSides(g, 1)]
    : [[forwardSide(g, 0, layout)], [forwardSide(g, 1, layout)]];
  const { taps } = layout;
  const channels = (isTransposed ? g.C : g.O) / g.groups;
  const [outH, outW] = output.shape.slice(2);
  const filter = choice.variant === 'depthwise' ? depthwiseQuads(w, g) : weightQuads(w, layout, g, isTransposed);
  const tile = tileOf(input, choice, 'gather');
  const isTiled = choice.variant === 'workgroup' || choice.variant === 'matrix';
  const inFours = channels % 4 === 0; // the output's home, or the same bytes
  const store = storeOf(output, inFours, !isTiled && sidesY.length * sidesX.length === 1 && (outH * outW) % 4 === 0);
  const lanes = inFours ? 4 : 1;
  const [planes, firstPlane] = [output.shape[1] / lanes, (into?.channel ?? 0) / lanes];
  const added = residual?.as(output.layout) ?? null;
  const windows = imageWindows(g, input, output, layout);
  const whole = quadsWhole(input, layout);
  for (const [start, end] of windows) {
    const N = end - start;
    const inputQuads = quads(rows(whole, start, end), layout, g);
    const part = rows(output, start, end);
    for (const y of sidesY) {
      for (const x of sidesX) {
        const pixels = N * y.count * x.count;
        const place = [y.count, x.count, y.taps, x.taps, taps[0] * taps[1], layout.H, layout.W];
        const steps = [y.start, x.start, y.step, x.step, y.tapStep, x.tapStep];
        const which = [y.first * taps[1] + x.first, y.every * taps[1], x.every];
        const firstOut = y.outStart * outW + x.outStart + firstPlane * outH * outW;
        const out = [outH * outW, planes, firstOut, y.outStep * outW, x.outStep];
        input.device.dispatch(gatherKernel(choice, input.device), {
          buffers: [
            inputQuads.tensor.own,
            filter.tensor.own,
            bias?.range ?? filter.tensor.own,
            (added ? rows(added, start, end) : inputQuads.tensor).own,
            part.own,
          ],
          params: [N, g.groups, channels, fours(layout), ...place, ...steps, ...which, ...out].map((v) => v >>> 0),
          constants: { HAS_BIAS: bias ? 1 : 0, HAS_RESIDUAL: added ? 1 : 0 },
          specialise: {
            ...tile.specialise,
            ...(isTiled ? stepDepth(choice, fours(layout)) : {}),
            ...storedAs(input.dtype, { E4: 4 }),
            ...store,
            MASKED: String(reachesOut(y) || reachesOut(x)),
            TRANSPOSED: String(filter.isTurned),
            ...(activation ? { 'fn activate': forwardOf(activation) } : {}),
          },
          workgroups: Math.ceil(pixels / tile.columns) * Math.ceil(channels / tile.rows) * g.groups,
        });
      }
    }
    if (!inputQuads.isCopy) continue;
    if (kept && windows.length === 1) kept.current = { quads: inputQuads.tensor, groups: g.groups };
    else inputQuads.tensor.release();
  }
  if (filter.isCopy) filter.tensor.release();
}

/** The operand of which windows are taken: in fours, where it is read so, and row-major where it is copied. */
function quadsWhole(x: Tensor, layout: QuadLayout): Tensor {
  return x.as(!layout.isFolded && layout.depth % 4 === 0 ? FOURS : ROWS);
}

/** How the output is written. */
function storeOf(output: Tensor, inFours: boolean, byVec4: boolean): Specialisation {
  const isVector = inFours || byVec4;
  return {
    IN_FOURS: String(inFours),
    OUT: storedType(output.dtype, isVector ? 4 : 1),
    ...(isVector ? { WIDTH: '4u', 'fn narrow': 'OUT(v)', 'fn widen': 'vec4f(v)' } : {}),
  };
}

/** Windows of images in which both operands, and the layout in fours, can be bound. */
export function imageWindows(
  g: Conv2dGeometry,
  a: Tensor,
  b: Tensor,
  layout: QuadLayout,
): (readonly [number, number])[] {
  return rowWindows(
    'conv2d',
    a.device,
    g.N,
    [sizeOf(a.shape.slice(1)), sizeOf(b.shape.slice(1)), imageElements(layout, g.groups)],
    a.dtype === 'f16',
  );
}

/** A launch of the gradient of the weights that is yet to be given its outputs. */
export interface WeightLaunch {
  /** Parts in which it makes them: dw (splits, elements), dbias (splits, O). */
  readonly splits: number;
  readonly run: (dw: Tensor, dbias: Tensor, kept: KeptQuads | null) => void;
}

/** Fours of pixels that a step of these members brings: parts are whole steps. */
const STEP: Readonly<Record<string, number>> = { workgroup: 4, matrix: 8 };

/** @param inFilter whether dw is to lie as the forward kernels read it. */
export function weightLaunch(
  choice: Choice,
  given: Conv2dGeometry,
  x: Tensor,
  dy: Tensor,
  hasBias: boolean,
  inFilter: boolean,
): WeightLaunch {
  const g = groupsOf(choice, given);
  const layout = inputLayout(g);
  const N = x.shape[0];
  const channels = g.O / g.groups;
  const [tapsY, tapsX] = layout.taps;
  const [sideY, sideX] = [forwardSide(g, 0, layout), forwardSide(g, 1, layout)];
  const tile = tileOf(x, choice, 'weight');
  const D = fours(layout);
  const columns = D * tapsY * tapsX;
  // counted through all tiles, so that few columns do not leave threads idle
  const isThreads = choice.variant === 'depthwise' || choice.variant === 'register';
  const tiles =
    (isThreads ? columns / THREADS : Math.ceil((4 * columns) / tile.columns)) *
    Math.ceil(channels / tile.rows) *
    g.groups;
  const P = g.oH * g.oW;
  const pixels = N * Math.ceil(P / 4);
  const elements = sizeOf([g.O, given.C / given.groups, g.kH, g.kW]);
  const bindable = Math.floor(x.device.maxBindingBytes / 4 / elements);
  const wanted = Math.max(1, Math.min(bindable, weightSplits(kindOf(x.device), tiles, pixels)));
  const step = STEP[choice.variant] ?? 1;
  const part = Math.ceil(pixels / wanted / step) * step;
  const splits = Math.ceil(pixels / part);
  const sizes = [N, g.groups, channels, layout.depth, D, tapsY, tapsX, P, g.oW, layout.H, layout.W];
  const steps = [sideY.start, sideX.start, sideY.step, sideX.step, sideY.tapStep, sideX.tapStep];
  const next = [Math.floor(4 / g.oW), 4 % g.oW];
  const isMasked = P % 4 !== 0 || reachesOut(sideY) || reachesOut(sideX);
  const run = (dw: Tensor, dbias: Tensor, kept: KeptQuads | null): void => {
    const fits = kept?.current?.groups === g.groups && kept.current.quads.shape[0] === N;
    const xQuads = fits && kept.current ? { tensor: kept.current.quads, isCopy: false } : quads(x, layout, g);
    const dyQuads = quads(dy, outputLayout(g), g);
    x.device.dispatch(weightKernel(choice, x.device), {
      buffers: [xQuads.tensor.own, dyQuads.tensor.own, dw.own, dbias.own],
      params: [...sizes, ...steps, splits, layout.isFolded ? g.kW : 1, part, ...next].map((v) => v >>> 0),
      constants: { HAS_BIAS: hasBias ? 1 : 0 },
      specialise: {
        ...tile.specialise,
        ...storedAs(x.dtype, { E4: 4 }),
        MASKED: String(isMasked),
        ...(inFilter ? { FILTER: 'true', DW: 'vec4f', 'fn stored': 'v' } : {}),
      },
      workgroups: Math.ceil(tiles * splits),
    });
    for (const q of [xQuads, dyQuads]) if (q.isCopy) q.tensor.release();
  };
  return { splits, run };
}
