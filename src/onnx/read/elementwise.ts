/** Nodes that go element by element, on tensors or on numbers of the host. */
import * as F from '../../autograd/ops/index.js';
import type { BinaryName } from '../../kernels/elementwise/binary_table.js';
import { UNARY, type UnaryName } from '../../kernels/elementwise/unary_table.js';
import type { Tensor } from '../../tensor/tensor.js';
import { COMPARISONS, SAME_BINARY, SAME_UNARY } from '../same_names.js';
import { isTensor, type HostValue, type NodeCall, type ReadRow, type ReadRows, type Value } from './value.js';

const unary =
  (compute: (x: Tensor, call: NodeCall) => Tensor): ReadRow =>
  (call) =>
    compute(call.tensor(0), call);

/** Rows that are those of Weft under another name. */
const same = Object.fromEntries(
  Object.entries(SAME_UNARY)
    .filter(([op]) => op in UNARY)
    .map(([op, type]): [string, ReadRow] => [type, unary((x) => F.elementwise(op as UnaryName, x))]),
);

const ON_HOST: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => (Number.isInteger(a) && Number.isInteger(b) ? Math.trunc(a / b) : a / b),
  Max: Math.max,
  Min: Math.min,
  Pow: (a, b) => a ** b,
  Equal: (a, b) => Number(a === b),
  Less: (a, b) => Number(a < b),
  Greater: (a, b) => Number(a > b),
  LessOrEqual: (a, b) => Number(a <= b),
  GreaterOrEqual: (a, b) => Number(a >= b),
};

/** Lists of one length, or one of them a single number. */
function onHost(call: NodeCall, a: HostValue, b: HostValue): HostValue {
  const compute = ON_HOST[call.node.type];
  const longer = b.data.length > a.data.length || b.shape.length > a.shape.length ? b : a;
  const at = ({ data }: HostValue, i: number): number => (data.length === 1 ? data[0] : data[i]);
  if ([a, b].some(({ data }) => data.length !== 1 && data.length !== longer.data.length))
    call.refuse('lists of other lengths');
  return { shape: longer.shape, data: longer.data.map((_, i) => compute(at(a, i), at(b, i))) };
}

const binary =
  (op: BinaryName): ReadRow =>
  (call) => {
    let y: Value = call.value(0);
    for (let i = 1; i < call.count; i++) {
      const b: Value = call.value(i);
      y =
        isTensor(y) || isTensor(b)
          ? F.elementwise2(op, isTensor(y) ? y : call.tensor(i - 1), call.tensor(i))
          : onHost(call, y, b);
    }
    return y;
  };

/** x kept between the attributes or inputs min and max. */
const clip: ReadRow = (call) => {
  const of = (i: number, name: string, none: number): number =>
    call.opset < 11 ? call.number(name, none) : (call.optionalNumbers(i)?.[0] ?? none);
  const x = call.tensor(0);
  const [min, max] = [of(1, 'min', -Infinity), of(2, 'max', Infinity)];
  return F.clamp(x, { min, max });
};

const hardSigmoid = (x: Tensor, alpha: number, beta: number): Tensor =>
  F.clamp(F.add(F.mul(x, alpha), beta), { min: 0, max: 1 });

/** SELU's numbers, which are Weft's too. */
const [SELU_ALPHA, SELU_GAMMA] = [1.6732632423543772, 1.0507009873554805];

const selu = unary((x, call) => {
  const isUsual =
    Math.abs(call.number('alpha', SELU_ALPHA) - SELU_ALPHA) < 1e-6 &&
    Math.abs(call.number('gamma', SELU_GAMMA) - SELU_GAMMA) < 1e-6;
  return isUsual ? F.selu(x) : call.refuse('alpha or gamma is not that of the paper');
});

const where: ReadRow = (call) => {
  const [condition, a, b] = [0, 1, 2].map((i) => call.value(i));
  if (isTensor(condition) || isTensor(a) || isTensor(b)) return F.where(call.tensor(0), call.tensor(1), call.tensor(2));
  const of = ({ data }: HostValue, i: number): number => (data.length === 1 ? data[0] : data[i]);
  return { shape: condition.shape, data: condition.data.map((c, i) => (c === 0 ? of(b, i) : of(a, i))) };
};

const pass: ReadRow = (call) => call.value(0);

/** ONNX's TensorProto.DataType of floats. */
const FLOATS: readonly number[] = [1, 10, 11, 16];

export const READ_ELEMENTWISE: ReadRows = {
  HardSwish: unary((x) => F.mul(x, hardSigmoid(x, 1 / 6, 0.5))),
  ...same,
  ...Object.fromEntries(
    Object.entries({ ...SAME_BINARY, ...COMPARISONS }).map(([op, type]): [string, ReadRow] => [
      type,
      binary(op as BinaryName),
    ]),
  ),
  Sum: binary('add'),
  Not: unary((x) => F.sub(1, x)),
  Clip: clip,
  LeakyRelu: unary((x, call) => F.leakyRelu(x, call.number('alpha', 0.01))),
  Elu: unary((x, call) => F.elu(x, call.number('alpha', 1))),
  Selu: selu,
  HardSigmoid: unary((x, call) => hardSigmoid(x, call.number('alpha', 0.2), call.number('beta', 0.5))),
  Gelu: unary((x, call) => F.gelu(x, call.text('approximate', 'none') === 'tanh' ? 'tanh' : 'none')),
  Where: where,
  Identity: pass,
  // what is computed on the GPU is f32 whatever the file calls it; numbers of the host lose what is behind the point
  Cast: (call) => {
    const v = call.value(0);
    return isTensor(v) || FLOATS.includes(call.number('to', 1))
      ? v
      : { shape: v.shape, data: v.data.map((n) => Math.trunc(n)) };
  },
  Dropout: (call) => {
    const p = call.opset < 12 ? call.number('ratio', 0.5) : (call.optionalNumbers(1)?.[0] ?? 0.5);
    return call.training ? F.dropout(call.tensor(0), p) : call.value(0);
  },
};
