/** A quick check of a dozen kernels against the reference loops, on random numbers. `weft doctor` runs it. */
import type { Device } from '../../device/device.js';
import { uniform } from '../random/philox.js';
import * as cpuConv2d from '../conv2d/reference.js';
import { unary as cpuUnary, binary as cpuBinary } from '../elementwise/reference.js';
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';
import { matmul as cpuMatmul } from '../matmul/reference.js';
import * as cpuPool2d from '../pool2d/reference.js';
import { reduce as cpuReduce } from '../reduce/reference.js';
import { softmax as cpuSoftmax } from '../loss/softmax_reference.js';
import { permute as cpuPermute } from '../movement/reference.js';
import { tensor, type Tensor } from '../../tensor/tensor.js';
import { binary } from '../elementwise/binary.js';
import { conv2d, conv2dBackwardInput, conv2dBackwardWeight, conv2dGeometry } from '../conv2d/conv2d.js';
import { matmul } from '../matmul/matmul.js';
import { avgPool2d } from '../pool2d/avg.js';
import { avgPool2dGeometry, pool2dGeometry } from '../pool2d/geometry.js';
import { maxPool2d, maxPool2dBackward } from '../pool2d/max.js';
import { reduce } from '../reduce/reduce.js';
import { softmax } from '../loss/softmax.js';
import { permuteCopy } from '../movement/strided_copy.js';
import { unary } from '../elementwise/unary.js';

export interface CheckResult {
  readonly name: string;
  /** Largest difference, relative to the largest magnitude of the reference. */
  readonly error: number;
  readonly passed: boolean;
}

/** f32 sums of a few hundred terms stay well below this. */
const TOLERANCE = 1e-4;

type Check = readonly [name: string, gpu: () => Tensor, cpu: () => HostTensor];

export async function selfCheck(device: Device): Promise<CheckResult[]> {
  let call = 0;
  /** Uniform in [-1, 1). */
  const make = (...shape: number[]): { gpu: Tensor; cpu: HostTensor } => {
    const cpu = hostTensor(
      shape,
      uniform(
        shape.reduce((n, d) => n * d, 1),
        { seed: 0, step: 0, call: call++ },
      ).map((u) => Math.fround(2 * u - 1)),
    );
    return { gpu: tensor(device, Float32Array.from(cpu.data), { shape }), cpu };
  };
  const results: CheckResult[] = [];
  for (const [name, gpu, cpu] of checks(make)) {
    const output = device.step(gpu);
    const [got, want] = [await output.read(), cpu().data];
    output.storage.release();
    const largest = want.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-30);
    const error =
      want.reduce((m, v, i) => Math.max(m, Number.isNaN(got[i]) ? Infinity : Math.abs(got[i] - v)), 0) / largest;
    results.push({ name, error, passed: error < TOLERANCE });
  }
  return results;
}

function checks(make: (...shape: number[]) => { gpu: Tensor; cpu: HostTensor }): Check[] {
  const [a, b, x, w, bias] = [make(33, 47), make(47, 29), make(3, 5, 13, 11), make(18, 5, 3, 3), make(18)];
  const [pooled, row] = [make(2, 3, 9, 8), make(47)];
  const options = { stride: [2, 2], padding: [1, 1] } as const;
  const g = conv2dGeometry(x.gpu.shape, w.gpu.shape, options);
  const dy = make(g.N, g.O, g.oH, g.oW);
  const pool = { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] } as const;
  const p = pool2dGeometry('max_pool2d', pooled.gpu, pool);
  const dPool = make(...p.shapeY);
  return [
    ['unary (tanh)', () => unary('tanh', a.gpu, [0, 0]), () => cpuUnary('tanh', a.cpu, [0, 0])],
    ['binary (mul, broadcast)', () => binary('mul', a.gpu, row.gpu), () => cpuBinary('mul', a.cpu, row.cpu)],
    ['reduce (sum of rows)', () => reduce('sum', a.gpu, [1]), () => cpuReduce('sum', a.cpu, [1])],
    ['reduce (max of all)', () => reduce('max', x.gpu, [0, 1, 2, 3]), () => cpuReduce('max', x.cpu, [0, 1, 2, 3])],
    ['permute', () => permuteCopy(x.gpu, [2, 0, 3, 1]), () => cpuPermute(x.cpu, [2, 0, 3, 1])],
    ['matmul (naive)', () => matmul(a.gpu, b.gpu, { choice: { variant: 'naive' } }), () => cpuMatmul(a.cpu, b.cpu)],
    ['matmul', () => matmul(a.gpu, b.gpu), () => cpuMatmul(a.cpu, b.cpu)],
    ['conv2d', () => conv2d(x.gpu, w.gpu, bias.gpu, options), () => cpuConv2d.conv2d(x.cpu, w.cpu, bias.cpu, options)],
    [
      'conv2d, backward input',
      () => conv2dBackwardInput(dy.gpu, w.gpu, g),
      () => cpuConv2d.conv2dBackwardInput(dy.cpu, w.cpu, x.gpu.shape, options),
    ],
    [
      'conv2d, backward weight',
      () => conv2dBackwardWeight(x.gpu, dy.gpu, g),
      () => cpuConv2d.conv2dBackwardWeight(x.cpu, dy.cpu, w.gpu.shape, options),
    ],
    ['max_pool2d', () => maxPool2d(pooled.gpu, p).y, () => cpuPool2d.maxPool2d(pooled.cpu, pool)],
    [
      'max_pool2d, backward',
      () => maxPool2dBackward(dPool.gpu, maxPool2d(pooled.gpu, p).index, p),
      () => cpuPool2d.maxPool2dBackward(dPool.cpu, pooled.cpu, pool),
    ],
    [
      'avg_pool2d',
      () => avgPool2d(pooled.gpu, avgPool2dGeometry(pooled.gpu, pool)),
      () => cpuPool2d.avgPool2d(pooled.cpu, pool),
    ],
    ['softmax', () => softmax('softmax', a.gpu), () => cpuSoftmax('softmax', a.cpu, 1)],
  ];
}
