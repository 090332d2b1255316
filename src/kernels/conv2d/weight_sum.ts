/** The last step of the gradient of a convolution's parameters where it was made in parts: their sum. */
import { defineKernel } from '../../device/kernel.js';
import type { Device } from '../../device/device.js';
import type { Specialisation } from '../../device/wgsl.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { BUSY_WORKGROUPS, kindOf } from '../launch/targets.js';

const bindings = ['read', 'read', 'write', 'write', 'params'] as const;
const kernel = defineKernel({
  name: 'conv2d_weight_sum',
  file: 'conv2d/weight_sum.wgsl',
  includes: ['common/grid.wgsl'],
  bindings,
});
const sharedKernel = defineKernel({
  name: 'conv2d_weight_sum_shared',
  file: 'conv2d/weight_sum_shared.wgsl',
  includes: ['common/grid.wgsl'],
  bindings,
});

/** Threads of a workgroup of the shared kernel, and how many of them may share a result: 4 results are 64 bytes. */
const THREADS = 256;
const MOST_DEPTH = 64;

/** Threads that share a result's parts: as many as still fill a GPU, and have two parts each. */
function depthOf(device: Device, splits: number, results: number): number {
  if (kindOf(device) === 'software') return 1; // barriers are dear there, and threads few
  let depth = 1;
  while (depth < MOST_DEPTH && 4 * depth <= splits && 2 * depth * results <= 64 * BUSY_WORKGROUPS.gpu) depth *= 2;
  return depth;
}

/**
 * dw = sum of parts (splits, elements of dw); dbias, where there is one, that of biasParts.
 * @param depth threads that share a result, a power of 2 up to 64.
 */
export function sumWeightParts(
  parts: Tensor,
  biasParts: Tensor,
  dw: Tensor,
  dbias: Tensor | null,
  depth?: number,
): void {
  const { device } = parts;
  const [splits] = parts.shape;
  const lanes = dw.size % 4 === 0 && (dbias?.size ?? 0) % 4 === 0 ? 4 : 1;
  const [weights, biases] = [dw.size / lanes, (dbias?.size ?? 0) / lanes];
  const shares = depth ?? depthOf(device, splits, weights + biases);
  const type: Specialisation = lanes === 4 ? { V: 'vec4f' } : {};
  device.dispatch(shares === 1 ? kernel : sharedKernel, {
    buffers: [parts.own, biasParts.own, dw.own, (dbias ?? empty(device, [1])).own],
    params: [splits, weights, biases],
    specialise: shares === 1 ? type : { ...type, DEPTH: `${shares}u` },
    workgroups: Math.ceil(((weights + biases) * shares) / (shares === 1 ? 64 : THREADS)),
  });
}
