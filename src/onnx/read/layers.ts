/** Nodes with weights, normalisations, pooling and reductions. */
import * as F from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { isTensor, type NodeCall, type ReadRow, type ReadRows } from './value.js';

interface Windows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly before: readonly number[];
  readonly behind: readonly number[];
  readonly isRounded: boolean;
}

const two = (list: readonly number[]): readonly [number, number] => [list[0], list[1]];

/** Of a node on images. @throws ModelError for other ranks. */
function windowsOf(call: NodeCall, x: Tensor, kernel: readonly number[]): Windows {
  if (x.rank !== 4 || kernel.length !== 2) call.refuse(`x (${x.shape.join(', ')}) is no batch of images`);
  const [stride, dilation] = ['strides', 'dilations'].map((name) => call.list(name) ?? [1, 1]);
  const auto = call.text('auto_pad', 'NOTSET');
  let pads = call.list('pads') ?? [0, 0, 0, 0];
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const sums = [0, 1].map((i) => {
      const reach = dilation[i] * (kernel[i] - 1) + 1;
      return Math.max(0, (Math.ceil(x.shape[2 + i] / stride[i]) - 1) * stride[i] + reach - x.shape[2 + i]);
    });
    const [less, more] = [sums.map((n) => Math.floor(n / 2)), sums.map((n) => Math.ceil(n / 2))];
    pads = auto === 'SAME_UPPER' ? [...less, ...more] : [...more, ...less];
  }
  const isRounded = call.number('ceil_mode', 0) === 1;
  return { kernel, stride, dilation, before: pads.slice(0, 2), behind: pads.slice(2), isRounded };
}

/** How many windows there are with so many rows or columns behind the last. */
function countOf(w: Windows, size: number, i: number, behind: number, isRounded: boolean): number {
  const left = size + w.before[i] + behind - (w.dilation[i] * (w.kernel[i] - 1) + 1);
  const count = (isRounded ? Math.ceil(left / w.stride[i]) : Math.floor(left / w.stride[i])) + 1;
  return isRounded && (count - 1) * w.stride[i] >= size + w.before[i] ? count - 1 : count;
}

/**
 * Whether as much behind as before makes the same windows. @param isRounded by that way of rounding.
 */
function isEven(w: Windows, x: Tensor, isRounded: boolean): boolean {
  return [0, 1].every((i) => {
    const size = x.shape[2 + i];
    return countOf(w, size, i, w.behind[i], w.isRounded) === countOf(w, size, i, w.before[i], isRounded);
  });
}

/** x with all its padding around it. */
const padded = (x: Tensor, { before, behind }: Windows, value: number): Tensor =>
  F.pad(x, [before[1], behind[1], before[0], behind[0]], { value });

const conv: ReadRow = (call) => {
  const [x, w, bias] = [call.tensor(0), call.tensor(1), call.optionalTensor(2)];
  const groups = call.number('group', 1);
  if (x.rank === 3) {
    const [p = 0, q = 0] = call.list('pads') ?? [];
    const [stride, dilation] = ['strides', 'dilations'].map((name) => call.list(name)?.[0] ?? 1);
    return F.conv1d(p === q ? x : F.pad(x, [p, q]), w, bias, { stride, dilation, groups, padding: p === q ? p : 0 });
  }
  const window = windowsOf(call, x, w.shape.slice(2));
  const options = { stride: two(window.stride), dilation: two(window.dilation), groups };
  return isEven(window, x, false)
    ? F.conv2d(x, w, bias, { ...options, padding: two(window.before) })
    : F.conv2d(padded(x, window, 0), w, bias, options);
};

const convTranspose: ReadRow = (call) => {
  const [x, w, bias] = [call.tensor(0), call.tensor(1), call.optionalTensor(2)];
  const { stride, dilation, before, behind } = windowsOf(call, x, w.shape.slice(2));
  if (call.list('output_shape') !== null) call.refuse('it is told the shape of its output');
  const more = (call.list('output_padding') ?? [0, 0]).map((n, i) => n + before[i] - behind[i]);
  const options = { stride: two(stride), dilation: two(dilation), groups: call.number('group', 1) };
  return F.convTranspose2d(x, w, bias, { ...options, padding: two(before), outputPadding: two(more) });
};

const gemm: ReadRow = (call) => {
  const [a, b, c] = [call.tensor(0), call.tensor(1), call.optionalTensor(2)];
  const [alpha, beta] = [call.number('alpha', 1), call.number('beta', 1)];
  const [transposeA, transposeB] = [call.number('transA', 0) === 1, call.number('transB', 0) === 1];
  if (alpha === 1 && beta === 1 && !transposeA && transposeB && (c === null || c.rank === 1)) return F.linear(a, b, c);
  const product = F.mul(F.matmul(a, b, { transposeA, transposeB }), alpha);
  return c === null ? product : F.add(product, F.mul(c, beta));
};

const batchNorm: ReadRow = (call) =>
  F.batchNorm(call.tensor(0), call.tensor(3), call.tensor(4), call.tensor(1), call.tensor(2), {
    eps: call.number('epsilon', 1e-5),
  });

const layerNorm: ReadRow = (call) => {
  const x = call.tensor(0);
  const axis = call.number('axis', -1);
  const shape = x.shape.slice(axis < 0 ? axis + x.rank : axis);
  return F.layerNorm(x, shape, call.tensor(1), call.optionalTensor(2), { eps: call.number('epsilon', 1e-5) });
};

const maxPool: ReadRow = (call) => {
  const x = call.tensor(0);
  const w = windowsOf(call, x, call.list('kernel_shape') ?? []);
  const options = { kernelSize: two(w.kernel), stride: two(w.stride), dilation: two(w.dilation) };
  const isPossible = w.before.every((p, i) => 2 * p <= w.kernel[i]);
  for (const ceilMode of [false, true])
    if (isPossible && isEven(w, x, ceilMode)) return F.maxPool2d(x, { ...options, padding: two(w.before), ceilMode });
  return F.maxPool2d(padded(x, w, -Infinity), { ...options, ceilMode: w.isRounded });
};

const avgPool: ReadRow = (call) => {
  const x = call.tensor(0);
  const w = windowsOf(call, x, call.list('kernel_shape') ?? []);
  const isEqual = w.before.every((p, i) => p === w.behind[i]);
  const countIncludePad = call.number('count_include_pad', 0) === 1;
  const options = { kernelSize: two(w.kernel), stride: two(w.stride), ceilMode: w.isRounded };
  if (isEqual) return F.avgPool2d(x, { ...options, padding: two(w.before), countIncludePad });
  return countIncludePad ? F.avgPool2d(padded(x, w, 0), options) : call.refuse('its padding differs from side to side');
};

const globalMax: ReadRow = (call) => F.adaptiveMaxPool2d(call.tensor(0), 1);

type Reduction = (x: Tensor, options: { dim: readonly number[]; keepdim: boolean }) => Tensor;

/** @param since the version from which on the dimensions are an input. */
const reduction =
  (reduce: Reduction, since = 18): ReadRow =>
  (call) => {
    const x = call.tensor(0);
    const given = call.opset >= since ? call.optionalNumbers(1) : call.list('axes');
    if (given?.length === 0 && call.number('noop_with_empty_axes', 0) === 1) return x;
    const dim = given === null || given.length === 0 ? x.shape.map((_, d) => d) : given;
    return reduce(x, { dim, keepdim: call.number('keepdims', 1) === 1 });
  };

/** Before version 13 all dimensions from the axis on are one row. */
const softmax =
  (compute: (x: Tensor, dim: number) => Tensor): ReadRow =>
  (call) => {
    const x = call.tensor(0);
    const axis = call.number('axis', call.opset < 13 ? 1 : -1);
    if (call.opset < 13 && x.rank !== 2 && axis !== -1 && axis !== x.rank - 1)
      call.refuse('several dimensions at once');
    return compute(x, axis);
  };

export const READ_LAYERS: ReadRows = {
  Conv: conv,
  ConvTranspose: convTranspose,
  Gemm: gemm,
  MatMul: (call) => F.matmul(call.tensor(0), call.tensor(1)),
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  InstanceNormalization: (call) =>
    F.instanceNorm(call.tensor(0), null, null, call.tensor(1), call.tensor(2), { eps: call.number('epsilon', 1e-5) }),
  LRN: (call) =>
    F.localResponseNorm(call.tensor(0), call.number('size', 1), {
      alpha: call.number('alpha', 1e-4),
      beta: call.number('beta', 0.75),
      k: call.number('bias', 1),
    }),
  MaxPool: maxPool,
  AveragePool: avgPool,
  GlobalAveragePool: (call) => F.adaptiveAvgPool2d(call.tensor(0), 1),
  GlobalMaxPool: globalMax,
  ReduceMean: reduction(F.mean),
  ReduceSum: reduction(F.sum, 13),
  ReduceMax: reduction(F.max),
  ReduceMin: reduction(F.min),
  ReduceProd: reduction(F.prod),
  ReduceLogSumExp: reduction(F.logsumexp),
  ReduceL1: reduction((x, options) => F.norm(x, 1, options)),
  ReduceL2: reduction((x, options) => F.norm(x, 2, options)),
  Softmax: softmax((x, dim) => F.softmax(x, dim)),
  LogSoftmax: softmax((x, dim) => F.logSoftmax(x, dim)),
  CumSum: (call) => {
    const x = call.value(0);
    return isTensor(x) ? F.cumsum(x, call.numbers(1)[0]) : call.refuse('of a list of sizes');
  },
};
