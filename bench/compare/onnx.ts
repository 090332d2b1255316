/**
 * A network as an ONNX file, for the comparison with ONNX Runtime: only the ops that the compared networks are made
 * of. It is written down while the network runs once: the protobuf messages of onnx.proto, by hand.
 */
import { observeOps, withOpRule } from '../../src/autograd/graph.js';
import type { BatchNormArgs, Conv2dArgs } from '../../src/autograd/ops/args.js';
import { conv2dGeometry } from '../../src/kernels/conv2d/conv2d.js';
import type { Module } from '../../src/nn/module.js';
import type { Tensor } from '../../src/tensor/tensor.js';

const OPSET = 13;
const IR_VERSION = 8;
/** Numbers of the fields of onnx.proto. */
const FIELD = { node: 1, initializer: 5, input: 11, output: 12 } as const;
const [FLOAT, INT64] = [1, 7];

type Bytes = Uint8Array;
const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
const joined = (parts: readonly Bytes[]): Bytes => new Uint8Array(Buffer.concat(parts));

function varint(value: number): Bytes {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Uint8Array.from([...out, rest]);
}
const whole = (field: number, value: number): Bytes => joined([varint(field * 8), varint(value)]);
const block = (field: number, ...parts: Bytes[]): Bytes => {
  const body = joined(parts);
  return joined([varint(field * 8 + 2), varint(body.length), body]);
};
const name = (field: number, text: string): Bytes => block(field, utf8(text));
const float = (field: number, value: number): Bytes =>
  joined([varint(field * 8 + 5), new Uint8Array(Float32Array.of(value).buffer)]);

/** Attributes of a node: whole numbers, lists of them, or `{ float }`. */
type Attributes = Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;

function attribute(key: string, value: Attributes[string]): Bytes {
  if (typeof value === 'number') return block(5, name(1, key), whole(3, value), whole(20, 2));
  if ('float' in value) return block(5, name(1, key), float(2, value.float), whole(20, 1));
  return block(5, name(1, key), ...value.map((v) => whole(8, v)), whole(20, 7));
}

function stored(key: string, dims: readonly number[], type: number, data: Bytes): Bytes {
  return block(FIELD.initializer, ...dims.map((d) => whole(1, d)), whole(2, type), name(8, key), block(9, data));
}

function declared(field: number, key: string, dims: readonly number[]): Bytes {
  const shape = block(2, ...dims.map((d) => block(1, whole(1, d))));
  return block(field, name(1, key), block(2, block(1, whole(1, FLOAT), shape)));
}

interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
}

/** What the model does with x (N, C, H, W), as an ONNX file with input `x` and output `y`. */
export async function onnxOf(model: Module, x: Tensor): Promise<Uint8Array> {
  const nodes: Bytes[] = [];
  const names = new Map<Tensor, string>([[x, 'x']]);
  const weights: Tensor[] = [];
  const shapes: Bytes[] = [];
  const nameOf = (t: Tensor): string => {
    const known = names.get(t);
    if (known !== undefined) return known;
    weights.push(t);
    names.set(t, `w${weights.length}`);
    return `w${weights.length}`;
  };
  const node = (type: string, inputs: readonly string[], attributes: Attributes = {}): string => {
    const y = `t${nodes.length}`;
    const about = Object.entries(attributes).map(([key, value]) => attribute(key, value));
    nodes.push(block(FIELD.node, ...inputs.map((i) => name(1, i)), name(2, y), name(4, type), ...about));
    return y;
  };
  const rectified = (y: string, activation: unknown): string => {
    if (activation !== null && activation !== undefined && activation !== 'relu') throw new Error(`no ${activation}`);
    return activation === 'relu' ? node('Relu', [y]) : y;
  };
  const around = ({ padding: [h, w] }: Pick<Window, 'padding'>): number[] => [h, w, h, w];

  const write = (op: string, inputs: readonly Tensor[], args: unknown): string => {
    const given = inputs.map(nameOf);
    if (op === 'conv2d') {
      const { options, hasBias, hasResidual } = args as Conv2dArgs;
      const g = conv2dGeometry(inputs[0].shape, inputs[1].shape, options);
      const about = { strides: g.stride, pads: around(g), dilations: g.dilation, group: g.groups };
      const y = node('Conv', given.slice(0, hasBias ? 3 : 2), about);
      return rectified(hasResidual ? node('Add', [y, given[given.length - 1]]) : y, options.activation);
    }
    if (op === 'batch_norm') {
      const { running, eps, activation } = args as BatchNormArgs;
      if (running === null) throw new Error('batch_norm without running statistics');
      const statistics = [running.mean, running.variance].map(nameOf);
      const y = node('BatchNormalization', [...given.slice(0, 3), ...statistics], { epsilon: { float: eps } });
      return rectified(given.length > 3 ? node('Add', [y, given[3]]) : y, activation);
    }
    if (op === 'max_pool2d') {
      const { g } = args as { g: Window & { readonly activation: unknown } };
      const y = node('MaxPool', given, { kernel_shape: g.kernel, strides: g.stride, pads: around(g) });
      return rectified(y, g.activation);
    }
    if (op === 'adaptive_avg_pool2d') return node('GlobalAveragePool', given);
    if (op === 'cat') return node('Concat', given, { axis: Number(args) });
    if (op === 'linear') return node('Gemm', given, { transB: 1 });
    if (op === 'relu') return node('Relu', given);
    if (op === 'add') return node('Add', given);
    if (op === 'reshape') {
      const dims = BigInt64Array.from((args as readonly number[]).map(BigInt));
      shapes.push(stored(`s${nodes.length}`, [dims.length], INT64, new Uint8Array(dims.buffer)));
      return node('Reshape', [...given, `s${nodes.length}`]);
    }
    throw new Error(`no ONNX for ${op}`);
  };

  let about: unknown = null;
  const { y, dims } = x.device.step(() => {
    const result = withOpRule(
      (_, inputs, args) => {
        about = args;
        return inputs;
      },
      () =>
        observeOps(
          (op, inputs, output) => names.set(output, write(op, inputs, about)),
          () => model.forward(x),
        ),
    );
    return { y: nameOf(result), dims: result.shape };
  });
  const numbers = await Promise.all(
    weights.map(async (w) => stored(nameOf(w), w.shape, FLOAT, new Uint8Array((await w.read()).buffer))),
  );
  const ends = [declared(FIELD.input, 'x', x.shape), declared(FIELD.output, y, dims)];
  const graph = block(7, ...nodes, name(2, 'g'), ...numbers, ...shapes, ...ends);
  return joined([whole(1, IR_VERSION), block(8, name(1, ''), whole(2, OPSET)), graph]);
}
