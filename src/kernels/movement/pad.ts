/**
 * Padding of trailing dimensions, as torch.nn.functional.pad: pairs (before, behind) from the last dimension on.
 * 'constant' takes any number of dimensions, and negative padding crops. The others show elements of x in one to three:
 * 'reflect' mirrors without repeating the edge, 'replicate' repeats it, 'circular' goes on at the other end.
 */
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits } from '../../device/kernel.js';
import { FOURS, ROWS, type Layout } from '../../tensor/layout.js';
import { contiguousStrides, formatShape, sizeOf, type Shape } from '../../tensor/shape.js';
import { empty, rows, view, zeros, type Tensor } from '../../tensor/tensor.js';
import { requireF32 } from '../launch/checks.js';
import { areRuns, copyRuns } from './copy_runs.js';
import { stridedCopyInto, type Strided } from './strided_copy.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl', 'movement/pad_params.wgsl'];
const edgesKernel = defineKernel({
  name: 'pad_edges',
  file: 'movement/pad_edges.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const backwardKernel = defineKernel({
  name: 'pad_edges_backward',
  file: 'movement/pad_edges_backward.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});

/** The constant MODE of shaders/movement/pad_params.wgsl. */
const MODES = { reflect: 0, replicate: 1, circular: 2 } as const;

/** What stands in the border: a constant, or what the tensor has inside, by one of these rules. */
export type PadMode = 'constant' | keyof typeof MODES;

export interface PadGeometry {
  readonly mode: PadMode;
  readonly value: number;
  readonly shapeX: Shape;
  readonly shapeY: Shape;
  /** In front of and behind each dimension, in the order of the dimensions. */
  readonly before: readonly number[];
  readonly behind: readonly number[];
}

const SHOWS = { reflect: 'a mirror', replicate: 'an edge', circular: 'a turn' } as const;

/** @throws ShapeError when the pairs do not fit the dimensions, or more would have to be shown than there is. */
export function padGeometry(shapeX: Shape, padding: readonly number[], mode: PadMode, value: number): PadGeometry {
  const rank = shapeX.length;
  const text = `padding (${padding.join(', ')}) of x ${formatShape(shapeX)}`;
  if (padding.length % 2 !== 0 || padding.length > 2 * rank || !padding.every(Number.isInteger)) {
    throw new ShapeError(
      `[pad] ${text}: expected a pair of whole numbers for each of up to ${rank} dimensions, the last dimension first`,
    );
  }
  const side = (which: 0 | 1): number[] => shapeX.map((_, d) => padding[2 * (rank - 1 - d) + which] ?? 0);
  const [before, behind] = [side(0), side(1)];
  const shapeY = shapeX.map((n, d) => n + before[d] + behind[d]);
  if (shapeY.some((n) => n < 0)) throw new ShapeError(`[pad] ${text}: more is cut off than there is`);
  if (mode !== 'constant') {
    if (padding.length > 6) throw new ShapeError(`[pad] ${text}: '${mode}' takes at most 3 dimensions`);
    shapeX.forEach((n, d) => {
      const most = { reflect: Math.max(0, n - 1), replicate: n === 0 ? 0 : Infinity, circular: n }[mode];
      for (const p of [before[d], behind[d]]) {
        if (p < 0 || p > most)
          throw new ShapeError(`[pad] ${text}: ${SHOWS[mode]} in dim ${d} shows 0 to ${most} places, not ${p}`, {
            fix: "pad less, or use mode 'constant'",
          });
      }
    });
  }
  return { mode, value, shapeX, shapeY, before, behind };
}

/** Whether channels alone are added, in fours: then x and y lie so. */
export function padLayout(x: Tensor, { mode, shapeX, shapeY, before, behind }: PadGeometry): Layout {
  const addsFours = [...before, ...behind].every((n, i) => (i % before.length === 1 ? n >= 0 && n % 4 === 0 : n === 0));
  const isCopy = x.layout === FOURS && x.dtype === 'f32' && mode === 'constant' && addsFours;
  return isCopy && areRuns(x.device, FOURS, shapeY, [shapeX], 1) ? FOURS : ROWS;
}

export function pad(x: Tensor, g: PadGeometry): Tensor {
  if (g.mode !== 'constant') return edges(x, g, g.mode, false);
  if (padLayout(x, g) === FOURS) return padFours(x, g);
  if (x.dtype === 'u32' && !(Number.isInteger(g.value) && g.value >= 0))
    throw new ShapeError(`[pad] value ${g.value} for u32 x ${formatShape(x.shape)}`);
  const y = g.value === 0 ? zeros(x.device, g.shapeY, x.dtype) : empty(x.device, g.shapeY, x.dtype);
  if (g.value !== 0) x.device.fill(y.storage, x.dtype === 'f32' ? floatBits(g.value) : g.value);
  const { shape, inX, inY } = shared(g);
  stridedCopyInto('pad', shape, x, inX, y, inY);
  return y;
}

function padFours(x: Tensor, g: PadGeometry): Tensor {
  const y = empty(x.device, g.shapeY, x.dtype, FOURS);
  x.device.fill(y.home.storage, floatBits(g.value));
  copyRuns('pad', x, y, { dim: 1, start: g.before[1], layout: FOURS, take: false });
  return y;
}

/** dx in this layout, x's as `padLayout` gives it. */
export function padBackward(dy: Tensor, g: PadGeometry, layout = ROWS): Tensor {
  if (g.mode !== 'constant') return edges(dy, g, g.mode, true);
  if (layout === FOURS) {
    const dx = empty(dy.device, g.shapeX, dy.dtype, FOURS);
    copyRuns('pad', dx, dy, { dim: 1, start: g.before[1], layout, take: true });
    return dx;
  }
  const { shape, inX, inY } = shared(g);
  const dx = sizeOf(shape) === sizeOf(g.shapeX) ? empty(dy.device, g.shapeX) : zeros(dy.device, g.shapeX);
  stridedCopyInto('pad', shape, dy, inY, dx, inX);
  return dx;
}

/** The block that x and y share, and where it starts in each. */
function shared({ shapeX, shapeY, before, behind }: PadGeometry): { shape: Shape; inX: Strided; inY: Strided } {
  const start = (strides: readonly number[], sign: 1 | -1): Strided => ({
    offset: strides.reduce((sum, s, d) => sum + s * Math.max(0, sign * before[d]), 0),
    strides,
  });
  const shape = shapeX.map((n, d) => Math.max(0, n + Math.min(0, before[d]) + Math.min(0, behind[d])));
  return { shape, inX: start(contiguousStrides(shapeX), -1), inY: start(contiguousStrides(shapeY), 1) };
}

/** y from x, or backwards dx from dy. */
function edges(source: Tensor, g: PadGeometry, mode: keyof typeof MODES, isBackward: boolean): Tensor {
  requireF32('pad', { x: source });
  const result = empty(source.device, isBackward ? g.shapeX : g.shapeY);
  if (result.size === 0) return result;
  const first = g.shapeX.findIndex((n, d) => n !== g.shapeY[d]); // dimensions before are planes
  const trailing = (values: readonly number[], missing: number): number[] =>
    [missing, missing, missing, ...(first < 0 ? [] : values.slice(first))].slice(-3);
  const [[D, H, W], [oD, oH, oW], [front, top, left]] = [
    trailing(g.shapeX, 1),
    trailing(g.shapeY, 1),
    trailing(g.before, 0),
  ];
  const planes = result.size / (isBackward ? D * H * W : oD * oH * oW);
  const [from, to] = [source, result].map((t) => view(t, [planes, t.size / planes]));
  for (const [start, end] of rowWindows('pad', source.device, planes, [D * H * W, oD * oH * oW])) {
    const part = rows(to, start, end);
    source.device.dispatch(isBackward ? backwardKernel : edgesKernel, {
      buffers: [rows(from, start, end).range, part.range],
      params: [end - start],
      constants: { D, H, W, oD, oH, oW, front, top, left, MODE: MODES[mode] },
      workgroups: Math.ceil(part.size / 64),
    });
  }
  return result;
}
