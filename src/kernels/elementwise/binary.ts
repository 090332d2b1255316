/** Launchers of the binary rows of the elementwise table, with full broadcasting. */
import { defineKernel, floatBits } from '../../device/kernel.js';
import { ShapeError } from '../../device/errors.js';
import { broadcastShapes, broadcastStrides, sameShape, sizeOf } from '../../tensor/shape.js';
import { FOURS, ROWS } from '../../tensor/layout.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { BINARY, type BinaryName } from './binary_table.js';
import type { BinaryRow } from './row.js';
import { flatView, inOneLayout, ownWindow, requireBindable, requireF32, requireFloat } from '../launch/checks.js';
import { broadcastFours, foursAsRows } from '../launch/fours.js';
import { steps } from '../launch/steps.js';
import { storedAs } from '../launch/stored_as.js';
import { vectorWalk, walkTypes, type VectorWalk } from '../launch/walk.js';
import { rowWindows } from '../launch/windows.js';

/** Value of a row's argument, its default filled in; 0 where it has none. */
export function binaryArg(name: BinaryName, given: Readonly<Record<string, number>> = {}): number {
  const row: BinaryRow = BINARY[name];
  for (const key in given)
    if (row.args?.[key] === undefined) throw new ShapeError(`[${name}] has no argument "${key}"`);
  const [known] = Object.entries(row.args ?? {});
  return known === undefined ? 0 : (given[known[0]] ?? known[1]);
}

const includes = ['common/grid.wgsl', 'elementwise/functions.wgsl', 'common/nan_lanes.wgsl'];
const sameKernel = defineKernel({
  name: 'binary',
  file: 'elementwise/binary.wgsl',
  includes: [...includes, 'common/steps.wgsl'],
  bindings: ['read', 'read', 'write', 'params'],
});
const walkIncludes = [...includes, 'elementwise/walk.wgsl'];
const broadcastKernel = defineKernel({
  name: 'binary_broadcast',
  file: 'elementwise/binary_broadcast.wgsl',
  includes: walkIncludes,
  bindings: ['read', 'read', 'write', 'params'],
});
const backwardKernel = defineKernel({
  name: 'binary_backward',
  file: 'elementwise/binary_backward.wgsl',
  includes: walkIncludes,
  bindings: ['read', 'read', 'read', 'read', 'write', 'params'],
});

/** @param p0 the row's argument, if it has one. */
export function binary(name: BinaryName, a: Tensor, b: Tensor, p0 = 0): Tensor {
  requireFloat(name, { a, b });
  if (sameShape(a.shape, b.shape)) return binarySame(name, ...(inOneLayout(a, b) as [Tensor, Tensor]), p0);
  const shape = broadcastShapes(name, a.shape, b.shape);
  requireF32(name, { a, b }); // halves are for operands of one shape
  const fours = broadcastFours(shape, [a, b]);
  const y = empty(a.device, shape, a.dtype, fours ? FOURS : ROWS);
  const [seenA, seenB] = fours ?? [a, b];
  forLeadingWindows(name, fours ? foursAsRows(y) : y, { a: seenA, b: seenB }, (part, [pa, pb]) => {
    const walk = walkOf(name, p0, part, pa, pb);
    a.device.dispatch(broadcastKernel, {
      buffers: [pa.range, pb.range, part.range],
      params: walk.words,
      specialise: { ...walkTypes(walk, ['A', 'B']), 'fn f': (BINARY[name] as BinaryRow).y },
      workgroups: walk.workgroups,
    });
  });
  return y;
}

/** Of operands of one shape that lie in one layout: y lies in it, too. */
function binarySame(name: BinaryName, a: Tensor, b: Tensor, p0: number): Tensor {
  const y = empty(a.device, a.shape, a.dtype, a.layout);
  for (const [start, end] of rowWindows(name, a.device, y.size, [1], y.dtype === 'f16')) {
    const count = Math.ceil((end - start) / 4);
    a.device.dispatch(sameKernel, {
      buffers: [ownWindow(a, start, end), ownWindow(b, start, end), ownWindow(y, start, end)],
      params: [count, floatBits(p0)],
      specialise: { 'fn f': (BINARY[name] as BinaryRow).y, ...storedAs(a.dtype, { E4: 4 }) },
      ...steps(a.device, count),
    });
  }
  return y;
}

/** One gradient's term at the broadcast shape, not yet summed to its operand's shape. */
export function binaryBackward(
  name: BinaryName,
  which: 'da' | 'db',
  a: Tensor,
  b: Tensor,
  y: Tensor,
  dy: Tensor,
  p0 = 0,
): Tensor {
  const expression = (BINARY[name] as BinaryRow)[which];
  if (expression === null) throw new Error(`[${name}] has no gradient`);
  requireFloat(name, { a, b, y, dy });
  if (!sameShape(a.shape, b.shape)) requireF32(name, { a, b });
  const isSame = sameShape(a.shape, b.shape);
  const fours = isSame ? null : broadcastFours(dy.shape, [a, b, y, dy]);
  const [ga, gb, gy, gdy] = isSame ? inOneLayout(a, b, y, dy).map(flatView) : (fours ?? [a, b, y, dy]);
  const d = empty(dy.device, dy.shape, dy.dtype, isSame ? inOneLayout(a, b, y, dy)[0].layout : fours ? FOURS : ROWS);
  const out = isSame ? flatView(d) : fours ? foursAsRows(d) : d;
  forLeadingWindows(name, out, { a: ga, b: gb, y: gy, dy: gdy }, (part, [pa, pb, py, pdy]) => {
    const walk = walkOf(name, p0, part, pa, pb);
    dy.device.dispatch(backwardKernel, {
      buffers: [pa.range, pb.range, py.range, pdy.range, part.range],
      params: walk.words,
      specialise: { ...walkTypes(walk, ['A', 'B'], dy.dtype), 'fn g': expression },
      workgroups: walk.workgroups,
    });
  });
  return d;
}

function walkOf(name: string, p0: number, y: Tensor, a: Tensor, b: Tensor): VectorWalk {
  return vectorWalk(name, y.shape, [broadcastStrides(a.shape, y.shape), broadcastStrides(b.shape, y.shape)], p0);
}

/**
 * Calls `launch` with leading rows of y and the matching rows of each operand, or all of an operand that repeats along
 * them. Where operands are numbers or as large as y, elements are rows.
 */
export function forLeadingWindows(
  op: string,
  whole: Tensor,
  operands: Readonly<Record<string, Tensor>>,
  launch: (part: Tensor, parts: Tensor[]) => void,
): void {
  if (whole.size === 0) return;
  const names = Object.keys(operands);
  const given = Object.values(operands);
  const isFlat = given.every((x) => x.size === 1 || x.size === whole.size);
  const y = isFlat ? view(whole, [whole.size]) : whole;
  const seen = isFlat ? given.map((x) => view(x, [x.size])) : given;
  const leads = (x: Tensor): boolean => x.rank === y.rank && x.shape[0] === y.shape[0] && y.shape[0] > 1;
  for (const [i, x] of seen.entries()) if (!leads(x)) requireBindable(op, { [names[i]]: x });
  const rowSizes = [y, ...seen.filter(leads)].map((x) => sizeOf(x.shape.slice(1)));
  for (const [start, end] of rowWindows(op, y.device, y.shape[0], rowSizes, y.dtype === 'f16')) {
    launch(
      rows(y, start, end),
      seen.map((x) => (leads(x) ? rows(x, start, end) : x)),
    );
  }
}
