/** softmax and log_softmax over the last dimension, and their gradients. Other dimensions are permuted there by autograd/ops. */
import { defineKernel } from '../device/kernel.js';
import { empty, rows, view, type Tensor } from '../tensor/tensor.js';
import { requireF32 } from './common.js';
import { rowWindows } from './windows.js';

const includes = ['common/grid.wgsl'];
const forwardKernel = defineKernel({ name: 'softmax', includes, bindings: ['read', 'write', 'params'] });
const backwardKernel = defineKernel({ name: 'softmax_backward', includes, bindings: ['read', 'read', 'write', 'params'] });

export type SoftmaxName = 'softmax' | 'log_softmax';

export function softmax(name: SoftmaxName, x: Tensor): Tensor {
  requireF32(name, { x });
  const y = empty(x.device, x.shape);
  overRows(name, [x, y], ([px, py], params, workgroups) => {
    x.device.dispatch(forwardKernel, { buffers: [px.range, py.range], params, constants: { LOG: name === 'log_softmax' ? 1 : 0 }, workgroups });
  });
  return y;
}

export function softmaxBackward(name: SoftmaxName, y: Tensor, dy: Tensor): Tensor {
  const dx = empty(y.device, y.shape);
  overRows(name, [y, dy, dx], ([py, pdy, pdx], params, workgroups) => {
    y.device.dispatch(backwardKernel, { buffers: [py.range, pdy.range, pdx.range], params, constants: { LOG: name === 'log_softmax' ? 1 : 0 }, workgroups });
  });
  return dx;
}

function overRows(op: string, tensors: readonly Tensor[], launch: (parts: Tensor[], params: number[], workgroups: number) => void): void {
  const x = tensors[0];
  if (x.size === 0) return;
  const C = x.shape.at(-1) ?? 1;
  const flat = tensors.map((t) => view(t, [x.size / C, C]));
  for (const [start, end] of rowWindows(op, x.device, x.size / C, [C])) {
    launch(flat.map((t) => rows(t, start, end)), [end - start, C], Math.ceil((end - start) / 64));
  }
}
