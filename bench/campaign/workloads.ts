/**
 * What only a campaign measures: products and the three passes of ResNet-50's convolutions, in f32 and in f16, and
 * whole steps of ResNet-50. A workload is named by a text that its process is given.
 */
import { autocast } from '../../src/autograd/autocast.js';
import { backward, noGrad } from '../../src/autograd/graph.js';
import * as F from '../../src/autograd/ops/index.js';
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import {
  conv2d,
  conv2dBackwardInput,
  conv2dBackwardParameters,
  conv2dGeometry,
} from '../../src/kernels/conv2d/conv2d.js';
import { cast, type FloatType } from '../../src/kernels/elementwise/cast.js';
import { rand } from '../../src/kernels/random/random.js';
import { filterLayout, fitsLayout } from '../../src/tensor/layout.js';
import { convertLayout } from '../../src/kernels/layout/convert.js';
import { FOURS } from '../../src/tensor/layout.js';
import { buildModel } from '../../src/nn/models/registry.js';
import { SGD } from '../../src/optim/optim.js';
import { tensor, type Tensor } from '../../src/tensor/tensor.js';
import { labelOf } from '../shared/numbers.js';
import type { Workload } from '../train/workloads.js';

/** (N, C, H, W) to O channels by windows of k x k at a stride, padded so that stride 1 keeps H and W. */
export interface Convolution {
  readonly N: number;
  readonly C: number;
  readonly H: number;
  readonly O: number;
  readonly k: number;
  readonly stride: number;
}

const nameOf = ({ N, C, H, O, k, stride }: Convolution): string => `${N}x${C}x${H}x${H}x${O}x${k}s${stride}`;

/** The different convolutions of ResNet-50 at 224 pixels. */
export function resnet50Convolutions(N: number): Convolution[] {
  const stages = [
    [56, 64],
    [28, 128],
    [14, 256],
    [7, 512],
  ];
  return [
    { N, C: 3, H: 224, O: 64, k: 7, stride: 2 },
    ...stages.flatMap(([H, width], i) => [
      { N, C: 4 * width, H, O: width, k: 1, stride: 1 },
      { N, C: width, H, O: width, k: 3, stride: 1 },
      { N, C: width, H, O: 4 * width, k: 1, stride: 1 },
      ...(i === 0 ? [] : [{ N, C: width, H: 2 * H, O: width, k: 3, stride: 2 }]),
    ]),
  ];
}

const PASSES = ['y', 'dx', 'dw'] as const;
export const PRECISIONS: readonly FloatType[] = ['f32', 'f16'];

/** `matmul 512x512x512 f32`, `conv2d 32x64x56x56x64x3s1 dw f16`: each in both precisions. */
export function kernelNames(sizes: readonly number[], convolutions: readonly Convolution[]): readonly string[][] {
  const products = sizes.flatMap((n) => PRECISIONS.map((p) => `matmul ${n}x${n}x${n} ${p}`));
  const passes = convolutions.flatMap((c) =>
    PASSES.flatMap((pass) =>
      c.C === 3 && pass === 'dx' ? [] : PRECISIONS.map((p) => `conv2d ${nameOf(c)} ${pass} ${p}`),
    ),
  );
  return [products, passes];
}

function matmul(n: number, dtype: FloatType): Workload['prepare'] {
  return (device) => {
    const [a, b] = [0, 1].map(() => cast(rand(device, [n, n], -0.5, 0.5), dtype));
    return () => noGrad(() => F.matmul(a, b));
  };
}

/** Operands lie as they do inside of a network: in fours of channels, weights in the filter's layout. */
function convolution(c: Convolution, pass: string, dtype: FloatType): Workload['prepare'] {
  return (device) => {
    const options = { padding: (c.k - 1) >> 1, stride: c.stride };
    const g = conv2dGeometry([c.N, c.C, c.H, c.H], [c.O, c.C, c.k, c.k], options);
    const images = (C: number, H: number): Tensor => {
      const x = cast(rand(device, [c.N, C, H, H], -0.5, 0.5), dtype);
      return C % 4 === 0 ? convertLayout(x, FOURS) : x;
    };
    const w = rand(device, [c.O, c.C, c.k, c.k], -0.5, 0.5);
    const filter = filterLayout(1);
    const weights = fitsLayout(filter, w.shape) ? convertLayout(w, filter) : w;
    if (pass === 'y') {
      const x = images(c.C, c.H);
      return () => conv2d(x, weights, null, options);
    }
    const dy = images(c.O, g.oH);
    if (pass === 'dx') return () => conv2dBackwardInput(dy, weights, g);
    const x = images(c.C, c.H);
    return () => conv2dBackwardParameters(x, dy, g, false).dw;
  };
}

function classifier(model: string, size: number, batch: number, dtype: FloatType): Workload['prepare'] {
  return (device) => {
    const channels = size === 28 ? 1 : 3;
    const classes = size > 64 ? 1000 : 10;
    const built = buildModel(model, { channels, height: size, width: size, classes }).to(device, { seed: 0 }).train();
    const optimizer = new SGD(built, { lr: 0.01, momentum: 0.9 });
    const x = rand(device, [batch, channels, size, size], -0.5, 0.5);
    const label = tensor(
      device,
      Uint32Array.from({ length: batch }, (_, i) => labelOf(i)),
    );
    const logits = (): Tensor => (dtype === 'f16' ? autocast(() => built.forward(x)) : built.forward(x));
    return () => {
      optimizer.zeroGrad();
      const loss = F.crossEntropy(F.cast(logits(), 'f32'), label);
      backward(loss);
      optimizer.step();
      return loss;
    };
  };
}

/** @throws UsageError for a text that names none. */
export function workloadOf(name: string): Workload {
  const head = { name, description: name };
  const product = /^matmul (\d+)x\1x\1 (f32|f16)$/.exec(name);
  if (product) {
    const n = Number(product[1]);
    return { ...head, batch: 0, flops: 2 * n ** 3, prepare: matmul(n, product[2] as FloatType) };
  }
  const conv = /^conv2d (\d+)x(\d+)x(\d+)x\3x(\d+)x(\d+)s(\d+) (y|dx|dw) (f32|f16)$/.exec(name);
  if (conv) {
    const [N, C, H, O, k, stride] = conv.slice(1, 7).map(Number);
    const c = { N, C, H, O, k, stride };
    const out = Math.floor((H + 2 * ((k - 1) >> 1) - k) / stride) + 1;
    const flops = 2 * N * O * out * out * C * k * k;
    return { ...head, batch: 0, flops, prepare: convolution(c, conv[7], conv[8] as FloatType) };
  }
  const step = /^(\w+)_(\d+)px_b(\d+) (f32|f16)$/.exec(name);
  if (step) {
    const [size, batch] = [Number(step[2]), Number(step[3])];
    return { ...head, batch, flops: 0, prepare: classifier(step[1], size, batch, step[4] as FloatType) };
  }
  throw new UsageError(`there is no workload "${name}"`, { fix: 'e.g. matmul 512x512x512 f32' });
}

/** Whether the device has what it needs. */
export const canRun = (device: Device, name: string): boolean =>
  !name.endsWith(' f16') || device.features.has('shader-f16');
