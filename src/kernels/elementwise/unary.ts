/**
 * Launchers of the unary rows of the elementwise table: y = f(x), dx = g(saved, dy). Any shape; stored as f32 or f16,
 * computed in f32.
 */
import { defineKernel, floatBits } from '../../device/kernel.js';
import { ShapeError } from '../../device/errors.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { ACTIVATION_FILES, UNARY, forwardOf, type UnaryName } from './unary_table.js';
import type { UnaryRow } from './row.js';
import { inOneLayout, ownWindow, requireFloat } from '../launch/checks.js';
import { steps } from '../launch/steps.js';
import { storedAs } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';

const includes = [
  'common/grid.wgsl',
  'common/steps.wgsl',
  'elementwise/functions.wgsl',
  'elementwise/sine.wgsl',
  ...ACTIVATION_FILES,
];
const forwardKernel = defineKernel({
  name: 'unary',
  file: 'elementwise/unary.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const backwardKernel = defineKernel({
  name: 'unary_backward',
  file: 'elementwise/unary_backward.wgsl',
  includes,
  bindings: ['read', 'read', 'write', 'params'],
});

/** Values of a row's arguments in order, defaults filled in. */
export function unaryArgs(name: UnaryName, given: Readonly<Record<string, number>> = {}): [number, number] {
  const row: UnaryRow = UNARY[name];
  for (const key in given)
    if (row.args?.[key] === undefined) throw new ShapeError(`[${name}] has no argument "${key}"`);
  const values = Object.entries(row.args ?? {}).map(([key, value]) => given[key] ?? value);
  return [values[0] ?? 0, values[1] ?? 0];
}

export function unary(name: UnaryName, x: Tensor, [p0, p1]: readonly [number, number]): Tensor {
  requireFloat(name, { x });
  const y = empty(x.device, x.shape, x.dtype, x.layout);
  for (const [start, end] of rowWindows(name, x.device, x.size, [1], x.dtype === 'f16')) {
    const count = Math.ceil((end - start) / 4);
    x.device.dispatch(forwardKernel, {
      buffers: [ownWindow(x, start, end), ownWindow(y, start, end)],
      params: [count, floatBits(p0), floatBits(p1)],
      specialise: { 'fn f': forwardOf(name), ...storedAs(x.dtype, { E4: 4 }) },
      ...steps(x.device, count),
    });
  }
  return y;
}

/** @param saved x or y, as the row's `saves` says; dy where it saves neither. */
export function unaryBackward(
  name: UnaryName,
  savedAnyhow: Tensor,
  given: Tensor,
  [p0, p1]: readonly [number, number],
): Tensor {
  const { dx: expression }: UnaryRow = UNARY[name];
  if (expression === null) throw new Error(`[${name}] has no gradient`);
  requireFloat(name, { saved: savedAnyhow, dy: given });
  const [saved, dy] = inOneLayout(savedAnyhow, given);
  const dx = empty(dy.device, dy.shape, dy.dtype, dy.layout);
  for (const [start, end] of rowWindows(name, dy.device, dy.size, [1], dy.dtype === 'f16')) {
    const count = Math.ceil((end - start) / 4);
    dy.device.dispatch(backwardKernel, {
      buffers: [ownWindow(saved, start, end), ownWindow(dy, start, end), ownWindow(dx, start, end)],
      params: [count, floatBits(p0), floatBits(p1)],
      specialise: { 'fn g': expression, ...storedAs(dy.dtype, { E4: 4 }) },
      ...steps(dy.device, count),
    });
  }
  return dx;
}
