/** Optimizer steps in place over flat memory: every parameter of a model in one dispatch. */
import { defineKernel, floatBits, type Kernel } from '../device/kernel.js';
import type { Tensor } from '../tensor/tensor.js';
import { flatWindow } from './common.js';
import { rowWindows } from './windows.js';

const includes = ['common/grid.wgsl'];
const sgdKernel = defineKernel({ name: 'sgd', includes, bindings: ['read', 'read', 'write', 'write', 'params'] });
const adamKernel = defineKernel({ name: 'adam', includes, bindings: ['read', 'read', 'write', 'write', 'write', 'params'] });
const advanceKernel = defineKernel({ name: 'advance_step', bindings: ['write'] });

export interface SgdSettings {
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
}

export interface AdamSettings {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  /** AdamW: weight decay acts on the weights, not through the gradient. */
  readonly decoupled: boolean;
}

/** Adds one to the step number in `hyper`, (2) f32: learning rate and step. To be recorded before the step itself. */
export function advanceStep_(hyper: Tensor): void {
  hyper.device.dispatch(advanceKernel, { buffers: [hyper.range], workgroups: 1 });
}

/** All tensors but `hyper` are flat, f32 and of one size, a multiple of 4. */
export function sgd_(weight: Tensor, grad: Tensor, velocity: Tensor, hyper: Tensor, s: SgdSettings): void {
  overWindows(sgdKernel, hyper, [grad, weight, velocity], [floatBits(s.momentum), floatBits(s.dampening), floatBits(s.weightDecay), s.nesterov ? 1 : 0]);
}

export function adam_(weight: Tensor, grad: Tensor, m: Tensor, v: Tensor, hyper: Tensor, s: AdamSettings): void {
  const [beta1, beta2] = s.betas;
  const words = [...[beta1, beta2, 1 - beta1, 1 - beta2, s.eps, s.weightDecay].map(floatBits), s.decoupled ? 1 : 0];
  overWindows(adamKernel, hyper, [grad, weight, m, v], words);
}

function overWindows(kernel: Kernel, hyper: Tensor, tensors: readonly Tensor[], words: readonly number[]): void {
  const { device, size } = tensors[0];
  for (const [start, end] of rowWindows(kernel.name, device, size, [1])) {
    const count = Math.ceil((end - start) / 4);
    const buffers = [hyper.range, ...tensors.map((t) => flatWindow(t, start, end))];
    device.dispatch(kernel, { buffers, params: [count, ...words], workgroups: Math.ceil(count / 64) });
  }
}
