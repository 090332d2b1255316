/** From the ops of a network to the nodes of a file. */
import { ModelError, UsageError } from '../device/errors.js';
import { toFloat32, type RawTensor } from '../nn/state/raw_tensor.js';
import type { StateDict } from '../nn/state/state_dict.js';
import { sizeOf } from '../tensor/shape.js';
import type { HostArray, Tensor } from '../tensor/tensor.js';
import type { GraphBuilder } from './graph_builder.js';
import { LEFT_OUT, ROWS_OF_OPS } from './table.js';
import { refuse, type Row } from './rows/row.js';
import type { Size, Trace, TracedOp, TracedTensor } from './trace.js';

/** What the names in a graph stand for besides its nodes. */
interface Sources {
  /** Of the graph's inputs, in the order of the network's. */
  readonly inputs: readonly string[];
  readonly weights: StateDict;
  /** Numbers of tensors that lie beside the network's state. */
  readonly foreign: ReadonlyMap<Tensor, HostArray>;
}

const SAMPLES = 2;
const countOf = ({ fixed, each }: Size): number => fixed + SAMPLES * each;
const shapeOf = (sizes: readonly Size[]): number[] => sizes.map(countOf);

/** @throws UsageError that names an op without a row. */
function rowOf(op: string): Row {
  const row = Object.hasOwn(ROWS_OF_OPS, op) ? ROWS_OF_OPS[op] : undefined;
  return row ?? refuse(op, LEFT_OUT[op] ?? 'it has no row in the table of ONNX ops (src/onnx/table.ts)');
}

/** Writes all ops. Returns the name of each output of the network. */
export function writeOps(b: GraphBuilder, { ops, outputs }: Trace, sources: Sources): Record<string, string> {
  const made: string[] = [];
  const nameOf = (t: TracedTensor): string => named(b, t, made, sources);
  for (const op of ops) made.push(rowOf(op.name)(b, callOf(op, nameOf, sources)));
  return Object.fromEntries(Object.entries(outputs).map(([name, t]) => [name, nameOf(t)]));
}

function callOf(
  { name, inputs, output, args, within }: TracedOp,
  nameOf: (t: TracedTensor) => string,
  { weights }: Sources,
): Parameters<Row>[1] {
  const keyOf = (i: number): string | null => {
    const { origin } = inputs[i];
    return origin.kind === 'state' ? origin.key : null;
  };
  return {
    op: name,
    // asked for when they are read: what a row takes as numbers need not be in the file as it is
    get inputs() {
      return inputs.map(nameOf);
    },
    shapes: inputs.map(({ shape }) => shapeOf(shape)),
    shape: output.shape,
    args,
    within: (t) => {
      const traced = within.get(t);
      if (traced === undefined) throw new Error(`op ${name} asks for a tensor that it was not given`);
      return nameOf(traced);
    },
    numbers: (i) => {
      const key = keyOf(i);
      if (key === null) refuse(name, `its input ${i} is computed, and no weight`);
      return toFloat32(weightOf(key, weights), key, 'the network');
    },
    key: (i) => keyOf(i) ?? `${name}.${i}`,
  };
}

/** @throws ModelError where the state dict has no such key. */
function weightOf(key: string, weights: StateDict): RawTensor {
  const tensor = weights.get(key);
  if (tensor === undefined) throw new ModelError(`[exportOnnx] the weights have no ${key}`);
  return tensor;
}

/** The name of a tensor in the graph. */
function named(b: GraphBuilder, t: TracedTensor, made: readonly string[], sources: Sources): string {
  const { origin, shape, dtype } = t;
  if (origin.kind === 'op') return made[origin.index];
  if (origin.kind === 'input') return sources.inputs[origin.index];
  if (origin.kind === 'state') {
    const tensor = weightOf(origin.key, sources.weights);
    const name = b.weight(origin.key, tensor);
    const isWhole = tensor.shape.length === shape.length && tensor.shape.every((n, d) => n === countOf(shape[d]));
    if (isWhole) return name;
    if (sizeOf(tensor.shape) !== sizeOf(shapeOf(shape)))
      throw new UsageError(`[exportOnnx] a part of ${origin.key} is taken without an op`, { fix: 'use slice' });
    return b.reshape(name, shape);
  }
  if (origin.kind === 'foreign') {
    const numbers = sources.foreign.get(origin.tensor) ?? new Float32Array(0);
    return constant(b, [...numbers], shape, dtype === 'u32');
  }
  const words = origin.kind === 'uniform' ? Uint32Array.of(origin.word) : origin.words;
  const values = dtype === 'u32' ? [...words] : [...new Float32Array(words.buffer, words.byteOffset, words.length)];
  return constant(b, values, shape, dtype === 'u32');
}

/** Numbers of the network's forward; a single one is repeated over the shape. */
function constant(b: GraphBuilder, values: readonly number[], shape: readonly Size[], isWhole: boolean): string {
  const plain = shapeOf(shape);
  const single = values.length > 0 && values.every((v) => Object.is(v, values[0])) ? values[0] : null;
  if (single !== null && shape.length > 0) {
    const one = isWhole ? b.int(single) : b.float(single);
    return b.node('Expand', [one, b.sizes(shape)]);
  }
  if (isWhole) return plain.length === 0 ? b.int(values[0]) : b.reshape(b.ints(values), shape);
  return b.floats(values, plain);
}
