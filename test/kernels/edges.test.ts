/**
 * NaN, infinities, zeros, denormals and far numbers: what PyTorch makes of them (test/golden/make_edges.py), forward
 * and in gradients, for every row of the elementwise table on the GPU and in its CPU form, and for reductions, norms,
 * pooling, losses and fused activations.
 */
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { elementwise, elementwise2 } from '../../src/autograd/ops/index.js';
import * as reference from '../../src/kernels/elementwise/reference.js';
import type { HostTensor } from '../../src/kernels/launch/host_tensor.js';
import { binaryArg } from '../../src/kernels/elementwise/binary.js';
import { UNARY, type UnaryName } from '../../src/kernels/elementwise/unary_table.js';
import { BINARY, type BinaryName } from '../../src/kernels/elementwise/binary_table.js';
import { unaryArgs } from '../../src/kernels/elementwise/unary.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { expectEdges, type EdgeResult } from '../support/edges.js';
import { isAsked } from '../support/every_op.js';
import { readIndex, type Entry } from '../support/golden.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { upload } from '../../src/cases/draw.js';
import { specOf } from '../../src/cases/index.js';
import { inputSpec, type OpSpec } from '../../src/cases/spec.js';

interface EdgeCase {
  readonly op: string;
  readonly name?: string;
  readonly args: Readonly<Record<string, number>>;
  readonly inputs: readonly Entry[];
  readonly y: Entry;
  /** In float64, where that differs. */
  readonly exactY?: Entry;
  readonly dy?: Entry;
  readonly gradients?: readonly (Entry | null)[];
  readonly exactGradients?: readonly (Entry | null)[];
}

const { index, take } = readIndex<{
  torch: string;
  unary: readonly EdgeCase[];
  binary: readonly EdgeCase[];
  edges: readonly EdgeCase[];
}>('edges');
const test = gpuSuite(`edges, PyTorch ${index.torch}`);

/** Errors of pow grow with its exponent; tanh's gradient is 1 - y^2, and its y is rounded. */
const TOLERANCE = 4e-6;
const WIDER: Readonly<Record<string, number>> = { pow: 3e-5, tanh: 2e-5 };

/** For every element the elements with 0 in place of one or more denormal operands, and everything else the same. */
function flushed(inputs: readonly HostTensor[], dy: HostTensor | null): number[][] {
  const operands = dy === null ? inputs : [...inputs, dy];
  const isTiny = (v: number): boolean => v !== 0 && Math.abs(v) < 2 ** -126;
  const count = inputs[0].data.length;
  const key = (i: number): string => operands.map((t) => (Object.is(t.data[i], -0) ? '-0' : `${t.data[i]}`)).join();
  const places = new Map(Array.from({ length: count }, (_, i) => [key(i), i]));
  return Array.from({ length: count }, (_, i) => {
    const found: number[] = [];
    for (let mask = 1; mask < 1 << operands.length; mask++) {
      const moved = operands.map((t, k) =>
        (mask >> k) & 1 && isTiny(t.data[i])
          ? t.data[i] < 0
            ? '-0'
            : '0'
          : Object.is(t.data[i], -0)
            ? '-0'
            : `${t.data[i]}`,
      );
      const place = places.get(moved.join());
      if (place !== undefined && place !== i) found.push(place);
    }
    return found;
  });
}

const show = (v: number): string => (Object.is(v, -0) ? '-0' : `${v}`);
const listed =
  (inputs: readonly HostTensor[], dy: HostTensor | null) =>
  (i: number): string =>
    `(${inputs.map((t) => show(t.data[i])).join(', ')})${dy === null ? '' : ` dy ${show(dy.data[i])}`}`;

/** y and all gradients of a case, on the GPU. */
async function checkOnGpu(
  c: EdgeCase,
  run: (tensors: readonly Tensor[]) => Tensor,
  spec: OpSpec,
  hasFlushed: boolean,
): Promise<void> {
  const device = await testDevice();
  const inputs = c.inputs.map(take);
  const dy = c.dy === undefined ? null : take(c.dy);
  const tensors = inputs.map((x, i) => upload(device, x, inputSpec(spec, i).dtype, c.gradients?.[i] != null));
  const y = run(tensors);
  const alternatives = (d: HostTensor | null): object =>
    hasFlushed ? { alternatives: flushed(inputs, d), at: listed(inputs, d) } : {};
  expectEdges(`[${c.op}] y`, { got: await y.read(), ...expectedOf(c, c.y, c.exactY), ...alternatives(null) });
  if (dy === null) return;
  backward(y, upload(device, dy));
  for (const [i, entry] of (c.gradients ?? []).entries()) {
    if (entry === null) continue;
    const label = `[${c.op}] d${inputSpec(spec, i).name}`;
    expectEdges(label, {
      got: await tensors[i].grad!.read(),
      ...expectedOf(c, entry, c.exactGradients?.[i]),
      ...alternatives(dy),
    });
  }
}

function expectedOf(
  c: EdgeCase,
  entry: Entry,
  exact: Entry | null | undefined,
): Pick<EdgeResult, 'expected' | 'exact' | 'tolerance'> {
  return {
    expected: take(entry).data,
    ...(exact ? { exact: take(exact).data } : {}),
    tolerance: WIDER[c.op] ?? TOLERANCE,
  };
}

const checkReference = (c: EdgeCase, got: HostTensor): void =>
  expectEdges(`[${c.op}] CPU y`, {
    got: got.data.map(Math.fround),
    ...expectedOf(c, c.y, c.exactY),
    ...(c.name === undefined ? { alternatives: [], at: listed(c.inputs.map(take), null) } : {}),
  });

for (const c of index.unary.filter(({ op }) => isAsked(op))) {
  const name = c.op as UnaryName;
  test(`${name} at its edges`, () => checkOnGpu(c, ([x]) => elementwise(name, x, c.args), specOf(name), true));
  test(`${name}: its CPU form at its edges`, () =>
    checkReference(c, reference.unary(name, take(c.inputs[0]), unaryArgs(name, c.args))));
}
for (const c of index.binary.filter(({ op }) => isAsked(op))) {
  const name = c.op as BinaryName;
  test(`${name} at its edges`, () => checkOnGpu(c, ([a, b]) => elementwise2(name, a, b), specOf(name), true));
  test(`${name}: its CPU form at its edges`, () =>
    checkReference(c, reference.binary(name, take(c.inputs[0]), take(c.inputs[1]), binaryArg(name))));
}
test('every row of the table has its edges', () => {
  assert.equal(index.unary.map((c) => c.op).sort(), Object.keys(UNARY).sort());
  assert.equal(index.binary.map((c) => c.op).sort(), Object.keys(BINARY).sort());
});

for (const c of index.edges.filter(({ op }) => isAsked(op))) {
  const spec = specOf(c.op);
  test(`${c.op}: ${c.name ?? ''}`, () => checkOnGpu(c, (tensors) => spec.gpu(tensors, c.args), spec, false));
  test(`${c.op}: ${c.name ?? ''}, its reference`, () => checkReference(c, spec.cpu(c.inputs.map(take), c.args)));
}

test.run();
