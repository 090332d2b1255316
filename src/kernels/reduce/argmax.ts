/**
 * Index of the largest or smallest entry along one dimension. x f32 -> u32, the dimension kept as 1; the first of
 * equals; NaN wins.
 */
import { ShapeError } from '../../device/errors.js';
import { defineKernel } from '../../device/kernel.js';
import { formatShape, normalizeDim, sizeOf } from '../../tensor/shape.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { requireF32 } from '../launch/checks.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl', 'common/nan.wgsl'];
const threadKernel = defineKernel({
  name: 'argmax',
  file: 'reduce/argmax.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const workgroupKernel = defineKernel({
  name: 'argmax_workgroup',
  file: 'reduce/argmax_workgroup.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});

export type ArgExtremeName = 'argmax' | 'argmin';

/** Outputs from which a thread each fills the machine. */
const MANY_OUTPUTS = 4096;
/** Entries that one thread goes through without keeping others waiting. */
const FEW_ENTRIES = 64;

export function argExtreme(name: ArgExtremeName, x: Tensor, dim: number): Tensor {
  requireF32(name, { x });
  const d = normalizeDim(name, dim, x.rank);
  const C = x.shape[d] ?? 1;
  const shape = x.shape.map((n, i) => (i === d ? 1 : n));
  const out = empty(x.device, shape, 'u32');
  if (out.size === 0) return out;
  if (C === 0)
    throw new ShapeError(`[${name}] x ${formatShape(x.shape)} has no entries along dim ${d}`, {
      fix: 'there is no index to give',
    });
  const inner = sizeOf(x.shape.slice(d + 1));
  const outer = out.size / inner;
  const [flat, flatOut] = [view(x, [outer, C * inner]), view(out, [outer, inner])];
  const specialise = { 'fn key': name === 'argmax' ? 'order_key(v)' : 'order_key(-v)' };
  for (const [start, end] of rowWindows(name, x.device, outer, [C * inner, inner])) {
    const count = (end - start) * inner;
    const launch = {
      buffers: [rows(flat, start, end).range, rows(flatOut, start, end).range],
      params: [count, C, inner],
      specialise,
    };
    if (count >= MANY_OUTPUTS || C <= FEW_ENTRIES)
      x.device.dispatch(threadKernel, { ...launch, workgroups: Math.ceil(count / 64) });
    else x.device.dispatch(workgroupKernel, { ...launch, workgroups: count });
  }
  return out;
}

/** x (…, C, …) -> indices along `dim`, kept as 1. */
export function argmax(x: Tensor, dim: number): Tensor {
  return argExtreme('argmax', x, dim);
}
