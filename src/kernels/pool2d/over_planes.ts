/**
 * What max and average pooling share: x (N, C, H, W) seen as planes, of four channels where it lies so, in windows of
 * planes that fit a binding; the constants of a geometry; and which kernel walks forward or back.
 */
import type { Device } from '../../device/device.js';
import { floatBits, type Kernel, type Launch } from '../../device/kernel.js';
import type { Specialisation } from '../../device/wgsl.js';
import { FOURS, ROWS, type Layout } from '../../tensor/layout.js';
import { Tensor, empty, rows, type DType } from '../../tensor/tensor.js';
import { steps } from '../launch/steps.js';
import { storedType } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';
import { pairsOf } from './family.js';
import type { Pool2dGeometry } from './geometry.js';

/** What a kernel includes that walks windows, and one that walks pairs of 2x2 windows besides. */
export const WINDOWS = ['common/grid.wgsl', 'common/steps.wgsl', 'pool2d/params.wgsl'];
export const PAIRS = ['pool2d/pairs.wgsl'];

const ONE_PAIR: Specialisation = {
  X: 'vec2f',
  Y: 'f32',
  I: 'u32',
  PAIRS: '1u',
  FIRST: '0u',
  'fn left': 'x.x',
  'fn right': 'x.y',
  'fn joined': 'vec2f(left, right)',
};

/** How X and Y of shaders/pool2d/pairs.wgsl are stored. */
function storedPairs(g: Pool2dGeometry, dtype: DType): Specialisation {
  const [X, Y] = pairsOf(g) === 2 ? ([4, 2] as const) : ([2, 1] as const);
  return { EX: storedType(dtype, X), EY: storedType(dtype, Y) };
}

/** What a kernel of shaders/pool2d/pairs.wgsl needs for windows y. */
function pairsLaunch(
  g: Pool2dGeometry,
  y: Tensor,
  overrides: Record<string, number>,
): Pick<Launch, 'constants' | 'specialise' | 'workgroups'> {
  const { constants: more, workgroups } = steps(y.device, y.size / pairsOf(g));
  return {
    constants: { ...overrides, ...more },
    specialise: { ...(pairsOf(g) === 2 ? {} : ONE_PAIR), ...storedPairs(g, y.dtype) },
    workgroups,
  };
}

/** The overrides of shaders/pool2d/params.wgsl. */
export function constants(g: Pool2dGeometry): Record<string, number> {
  const [[kH, kW], [stride_h, stride_w], [pad_h, pad_w], [dilation_h, dilation_w]] = [
    g.kernel,
    g.stride,
    g.padding,
    g.dilation,
  ];
  const sizes = { H: g.shapeX[2], W: g.shapeX[3], oH: g.shapeY[2], oW: g.shapeY[3], kH, kW };
  return {
    ...sizes,
    stride_h,
    stride_w,
    pad_h,
    pad_w,
    dilation_h,
    dilation_w,
    ADAPTIVE: g.isAdaptive ? 1 : 0,
    CUT: g.isCut ? 1 : 0,
  };
}

const LOWEST = floatBits(-Infinity);

/** In which layout pooling of x works. */
export const poolLayout = (x: Tensor): Layout => (x.layout === FOURS ? FOURS : ROWS);

/** Channels of an element. */
export const lanesOf = (layout: Layout): 1 | 4 => (layout === FOURS ? 4 : 1);

/**
 * What a kernel needs that makes `count` elements of one channel, or of four: `bits` if it declares U for itself,
 * `most` elements of a thread.
 */
export function windowsLaunch(
  device: Device,
  layout: Layout,
  dtype: DType,
  overrides: Record<string, number>,
  count: number,
  { bits = false, most = 4 }: { readonly bits?: boolean; readonly most?: number } = {},
): Pick<Launch, 'constants' | 'specialise' | 'workgroups'> {
  const E = storedType(dtype, lanesOf(layout));
  const { constants: more, workgroups } = steps(device, count, most);
  return {
    constants: { ...overrides, ...more },
    specialise: layout === FOURS ? { V: 'vec4f', E, ...(bits ? { U: 'vec4u' } : {}) } : { E },
    workgroups,
  };
}

/** The numbers of a tensor as they lie in this layout, as (planes, size of a plane), planes of so many channels. */
function planesOf(t: Tensor, layout: Layout, lanes: number): Tensor {
  const { home, shape, dtype } = t.as(layout);
  const planes = [(shape[0] * shape[1]) / lanes, shape[2] * shape[3] * lanes];
  return new Tensor(home.storage, home.byteOffset, planes, dtype);
}

/**
 * Calls `launch` for windows of planes, with each tensor's part. Tensors are seen as (planes, size of a plane), in
 * this layout but for `inRows`, which lies in rows whatever the others do.
 */
export function overPlanes(
  op: string,
  g: Pool2dGeometry,
  layout: Layout,
  tensors: readonly Tensor[],
  launch: (parts: Tensor[], params: number[]) => void,
  inRows: Tensor | null = null,
): void {
  const flat = tensors.map((t) => planesOf(t, t === inRows ? ROWS : layout, lanesOf(layout)));
  if (flat[0].size === 0) return;
  for (const [start, end] of rowWindows(
    op,
    tensors[0].device,
    flat[0].shape[0],
    flat.map((t) => t.shape[1]),
    tensors[0].dtype === 'f16',
  )) {
    launch(
      flat.map((t) => rows(t, start, end)),
      [end - start, LOWEST, ...g.kernel],
    );
  }
}

interface ForwardKernels {
  /** A thread makes at most `most` outputs. */
  readonly general: Kernel;
  /** 2x2 windows side by side; null where it is not chosen. */
  readonly pairs: Kernel | null;
  /** Bound behind the tensors. */
  readonly spare?: readonly Tensor[];
  readonly most?: number;
  /** Whether y, the second tensor, is written in rows where x lies in fours of channels; `general` alone can. */
  readonly writesRows?: boolean;
}

/** How a thread with four channels writes y in rows. */
const writeRows = (dtype: DType): Specialisation => ({ PARTS: '4u', Y: storedType(dtype, 1), 'fn part': 'Y(v[l])' });
/** How it reads dy that lies so. */
const readRows = (dtype: DType): Specialisation => ({
  D: storedType(dtype, 1),
  'fn gradient': `E(${[0, 1, 2, 3].map((l) => `dy[in_rows(i, ${l})]`).join(', ')})`,
});

/** tensors: x and what is made of it, in x's layout. */
export function forward(
  op: string,
  tensors: readonly Tensor[],
  g: Pool2dGeometry,
  overrides: Record<string, number>,
  { general, pairs, spare = [], most = 4, writesRows = false }: ForwardKernels,
): void {
  const layout = poolLayout(tensors[0]);
  const isApart = writesRows && layout === FOURS;
  const launch = (parts: Tensor[], params: number[]): void => {
    const y = parts[1];
    const own =
      pairs === null
        ? windowsLaunch(y.device, layout, y.dtype, overrides, y.size / lanesOf(layout), { most })
        : pairsLaunch(g, y, overrides);
    const specialise = { ...own.specialise, ...(isApart ? writeRows(y.dtype) : {}) };
    const buffers = [...parts, ...spare].map((t) => t.own);
    tensors[0].device.dispatch(pairs ?? general, { ...own, buffers, params, specialise });
  };
  overPlanes(op, g, layout, tensors, launch, isApart ? tensors[1] : null);
}

/** Windows of more elements than this are too much for one thread: a 7x7 plane's mean would keep few threads busy. */
const LARGEST_OWNED_WINDOW = 16;

interface BackwardKernels {
  /** A thread per input that looks for its windows. */
  readonly general: Kernel;
  /** Where windows are disjoint, small and whole, a thread per window that writes its inputs. */
  readonly disjoint: Kernel;
  /** 2x2 windows side by side; null where it is not chosen. */
  readonly pairs: Kernel | null;
}

/**
 * dx in x's layout; given: dy, and the index of maxima. Where dy comes in rows, as from a linear layer, and windows are
 * disjoint, it is read as it lies.
 */
export function backward(
  op: string,
  given: readonly Tensor[],
  g: Pool2dGeometry,
  layout: Layout,
  overrides: Record<string, number>,
  { general, disjoint, pairs }: BackwardKernels,
): Tensor {
  const device = given[0].device;
  const isDisjoint =
    !g.isCut &&
    g.kernel.every((k, i) => g.stride[i] >= k && g.dilation[i] === 1) &&
    g.kernel[0] * g.kernel[1] <= LARGEST_OWNED_WINDOW;
  const covers = g.kernel.every((k, i) => k === g.stride[i] && g.shapeX[2 + i] % k === 0);
  const dx = empty(device, g.shapeX, given[0].dtype, layout);
  if (isDisjoint && !covers) device.clear(dx.home.storage);
  const isApart = isDisjoint && layout === FOURS && given[0].layout === ROWS;
  const launch = (parts: Tensor[], params: number[]): void => {
    const buffers = [...parts.slice(1), parts[0]].map((t) => t.own);
    const count = (isDisjoint ? parts[1] : parts[0]).size / lanesOf(layout);
    if (pairs !== null) return device.dispatch(pairs, { buffers, params, ...pairsLaunch(g, parts[1], overrides) });
    const own = windowsLaunch(device, layout, dx.dtype, overrides, count, { bits: given.length > 1 });
    device.dispatch(isDisjoint ? disjoint : general, {
      ...own,
      buffers,
      params,
      specialise: { ...own.specialise, ...(isApart ? readRows(dx.dtype) : {}) },
    });
  };
  overPlanes(op, g, layout, [dx, ...given], launch, isApart ? given[0] : null);
  return dx;
}
