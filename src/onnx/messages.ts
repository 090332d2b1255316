/**
 * The messages of an ONNX file (onnx.proto3 of https://github.com/onnx/onnx), as far as networks that are run need
 * them, and how they are written.
 */
import type { RawDtype, RawTensor } from '../nn/state/raw_tensor.js';
import { block, float, inTurn, joined, raw, text, whole, type Pieces } from './protobuf.js';

/** Numbers of the fields of each message that are written and read. */
export const FIELDS = {
  model: { irVersion: 1, producer: 2, producerVersion: 3, graph: 7, opset: 8, metadata: 14 },
  graph: { node: 1, name: 2, initializer: 5, input: 11, output: 12, sparse: 15 },
  node: { input: 1, output: 2, name: 3, type: 4, attribute: 5, domain: 7 },
  attribute: { name: 1, float: 2, int: 3, text: 4, tensor: 5, floats: 7, ints: 8, texts: 9, type: 20 },
  tensor: { dims: 1, type: 2, floats: 4, int32s: 5, int64s: 7, name: 8, raw: 9, doubles: 10, external: 13, place: 14 },
  value: { name: 1, type: 2 },
  type: { tensor: 1 },
  tensorType: { element: 1, shape: 2 },
  shape: { dim: 1 },
  dim: { value: 1, name: 2 },
  opset: { domain: 1, version: 2 },
  entry: { key: 1, value: 2 },
} as const;

/** TensorProto.DataType of what a tensor may be stored as. */
export const DATA_TYPES = {
  F32: 1,
  U8: 2,
  I8: 3,
  U16: 4,
  I16: 5,
  I32: 6,
  I64: 7,
  BOOL: 9,
  F16: 10,
  F64: 11,
  U32: 12,
  U64: 13,
  BF16: 16,
} as const satisfies Partial<Record<RawDtype, number>>;

export type OnnxDtype = keyof typeof DATA_TYPES;

/** A tensor in the file. */
export interface OnnxTensor extends RawTensor {
  readonly dtype: OnnxDtype;
}

/** An attribute of a node; a plain number or list is of whole numbers. `unread`: of a kind that no op here has. */
export type Attribute =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] }
  | { readonly tensor: OnnxTensor }
  | { readonly unread: true };

export type Attributes = Readonly<Record<string, Attribute>>;

/** One op of a graph. Inputs that are left out are ''. */
export interface OnnxNode {
  readonly name: string;
  readonly type: string;
  /** '' is ONNX's own. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** What goes in or comes out: a size is a number, or a name where it is open. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: OnnxDtype;
  readonly shape: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface OnnxFile {
  readonly opset: number;
  readonly producer: string;
  readonly graph: OnnxGraph;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The version of the format that came with each version of the ops. */
const IR_VERSIONS: Readonly<Record<number, number>> = { 17: 8, 18: 8, 19: 9, 20: 9 };
/** Versions of the ops that can be written. */
export const OPSETS: readonly number[] = Object.keys(IR_VERSIONS).map(Number);

const tensorBody = ({ dtype, shape, data }: OnnxTensor, name: string): Pieces[] => [
  ...shape.map((d) => whole(FIELDS.tensor.dims, d)),
  whole(FIELDS.tensor.type, DATA_TYPES[dtype]),
  text(FIELDS.tensor.name, name),
  raw(FIELDS.tensor.raw, data),
];

/** AttributeProto.AttributeType: float 1, int 2, text 3, tensor 4, floats 6, ints 7, texts 8. */
function attributeBody(value: Attribute): Pieces[] {
  const f = FIELDS.attribute;
  if (typeof value === 'number') return [whole(f.int, value), whole(f.type, 2)];
  if (typeof value === 'string') return [text(f.text, value), whole(f.type, 3)];
  if ('float' in value) return [float(f.float, value.float), whole(f.type, 1)];
  if ('floats' in value) return [...value.floats.map((v) => float(f.floats, v)), whole(f.type, 6)];
  if ('texts' in value) return [...value.texts.map((v) => text(f.texts, v)), whole(f.type, 8)];
  if ('tensor' in value) return [block(f.tensor, tensorBody(value.tensor, '')), whole(f.type, 4)];
  if ('unread' in value) return [];
  return [...value.map((v) => whole(f.ints, v)), whole(f.type, 7)];
}

const nodeBody = ({ name, type, domain, inputs, outputs, attributes }: OnnxNode): Pieces[] => [
  ...inputs.map((input) => text(FIELDS.node.input, input)),
  ...outputs.map((output) => text(FIELDS.node.output, output)),
  text(FIELDS.node.name, name),
  text(FIELDS.node.type, type),
  ...(domain === '' ? [] : [text(FIELDS.node.domain, domain)]),
  ...Object.entries(attributes).map(([key, value]) =>
    block(FIELDS.node.attribute, [text(FIELDS.attribute.name, key), ...attributeBody(value)]),
  ),
];

function valueBody({ name, dtype, shape }: OnnxValue): Pieces[] {
  const dims = shape.map((d) =>
    block(FIELDS.shape.dim, [typeof d === 'number' ? whole(FIELDS.dim.value, d) : text(FIELDS.dim.name, d)]),
  );
  const type = [whole(FIELDS.tensorType.element, DATA_TYPES[dtype]), block(FIELDS.tensorType.shape, dims)];
  return [text(FIELDS.value.name, name), block(FIELDS.value.type, [block(FIELDS.type.tensor, type)])];
}

/** The bytes of a file. @throws UsageError from 2 GiB on. */
export function encodeOnnx({ opset, producer, graph, metadata }: OnnxFile): Uint8Array<ArrayBuffer> {
  const f = FIELDS.graph;
  const body = [
    ...graph.nodes.map((node) => block(f.node, nodeBody(node))),
    text(f.name, 'main'),
    ...[...graph.initializers].map(([name, tensor]) => block(f.initializer, tensorBody(tensor, name))),
    ...graph.inputs.map((value) => block(f.input, valueBody(value))),
    ...graph.outputs.map((value) => block(f.output, valueBody(value))),
  ];
  const m = FIELDS.model;
  return joined(
    inTurn([
      whole(m.irVersion, IR_VERSIONS[opset]),
      text(m.producer, producer),
      block(m.opset, [text(FIELDS.opset.domain, ''), whole(FIELDS.opset.version, opset)]),
      ...Object.entries(metadata).map(([key, value]) =>
        block(m.metadata, [text(FIELDS.entry.key, key), text(FIELDS.entry.value, value)]),
      ),
      block(m.graph, body),
    ]),
  );
}
