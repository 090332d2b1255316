/** What there is in a file to be run: its output, the nodes that lead to it, and what is constant in it. */
import { ModelError } from '../../device/errors.js';
import { NORMALIZATION } from '../normalization.js';
import type { OnnxFile, OnnxNode, OnnxTensor, OnnxValue } from '../messages.js';
import { READ_ELEMENTWISE } from './elementwise.js';
import { findHead, type Head } from './find_head.js';
import { READ_LAYERS } from './layers.js';
import { READ_MOVEMENT } from './movement.js';
import { RECURRENT_TYPES } from './recurrent.js';
import type { ReadRows } from './value.js';

/** What runs each type of node. */
export const READ_ROWS: ReadRows = { ...READ_ELEMENTWISE, ...READ_MOVEMENT, ...READ_LAYERS };

/** Versions of ONNX's ops that are read: before 7 ops broadcast in another way. */
const OPSETS = { first: 7, last: 25 } as const;

export interface NamedTensor {
  readonly name: string;
  readonly tensor: OnnxTensor;
}

/** A file as it will be run. */
export interface Plan {
  readonly file: string;
  readonly onnx: OnnxFile;
  readonly input: OnnxValue;
  readonly output: OnnxValue;
  /** Those that lead to the output, in order. */
  readonly nodes: readonly OnnxNode[];
  /** Weights and other constants, by all names that they go by. */
  readonly constants: ReadonlyMap<string, NamedTensor>;
  readonly head: Head | null;
  /** Nodes that do nothing here: the first input goes on as it is. */
  readonly passing: ReadonlySet<OnnxNode>;
}

/** The output that is the logits: the one of that name, or the first. */
function outputOf({ graph }: OnnxFile, file: string): OnnxValue {
  const output = graph.outputs.find(({ name }) => name === 'logits') ?? graph.outputs[0];
  if (output === undefined || graph.inputs.length !== 1)
    throw new ModelError(`${file}: it has ${graph.inputs.length} inputs and ${graph.outputs.length} outputs`, {
      fix: 'give a classifier: one input of images, one output of logits',
    });
  return output;
}

/** @throws ModelError that names nodes of types that Weft does not read. */
function requireKnown(nodes: readonly OnnxNode[], file: string): void {
  const isKnown = ({ type, domain }: OnnxNode): boolean =>
    domain === '' && (type === 'Constant' || RECURRENT_TYPES.has(type) || Object.hasOwn(READ_ROWS, type));
  const unknown = nodes.filter((node) => !isKnown(node));
  if (unknown.length === 0) return;
  const named = unknown
    .slice(0, 3)
    .map(({ name, type, domain }) => `${domain === '' ? '' : `${domain}.`}${type} (${name})`);
  const more = unknown.length > 3 ? ` and ${unknown.length - 3} more` : '';
  throw new ModelError(`${file}: Weft does not read the nodes ${named.join(', ')}${more}`, {
    fix: 'docs/export.md lists the ops that it reads; export the network without others',
  });
}

/** @throws ModelError for a file that is no network of images that Weft can run. */
export function planOf(onnx: OnnxFile, file: string): Plan {
  if (onnx.opset < OPSETS.first || onnx.opset > OPSETS.last)
    throw new ModelError(`${file}: version ${onnx.opset} of ONNX's ops; Weft reads ${OPSETS.first} to ${OPSETS.last}`, {
      fix: 'export it again with opset 17',
    });
  const { graph } = onnx;
  const output = outputOf(onnx, file);
  const wanted = new Set([output.name]);
  const nodes = graph.nodes
    .toReversed()
    .filter((node) => {
      const isWanted = node.outputs.some((name) => wanted.has(name));
      if (isWanted) for (const name of node.inputs) wanted.add(name);
      return isWanted;
    })
    .reverse();
  requireKnown(nodes, file);
  const constants = new Map<string, NamedTensor>();
  for (const [name, tensor] of graph.initializers) constants.set(name, { name, tensor });
  for (const node of nodes) {
    const made = node.type === 'Constant' ? constantOf(node, file) : null;
    if (made !== null) constants.set(node.outputs[0], { name: node.outputs[0], tensor: made });
    // weights that are stored as halves are cast where they are used
    const cast = node.type === 'Cast' || node.type === 'Identity' ? constants.get(node.inputs[0]) : undefined;
    if (cast !== undefined) constants.set(node.outputs[0], cast);
  }
  const head = findHead(graph, output.name, (name) => constants.get(name)?.name ?? null);
  const passing = new Set([
    ...nodes.filter(({ inputs }) => inputs[1]?.startsWith(NORMALIZATION) === true),
    ...(head?.probabilities ?? []),
  ]);
  return { file, onnx, input: graph.inputs[0], output, nodes, constants, head, passing };
}

/** What a Constant node holds. */
function constantOf({ name, attributes }: OnnxNode, file: string): OnnxTensor {
  const f32 = (values: readonly number[], shape: readonly number[]): OnnxTensor => ({
    dtype: 'F32',
    shape,
    data: new Uint8Array(Float32Array.from(values).buffer),
  });
  const i64 = (values: readonly number[], shape: readonly number[]): OnnxTensor => ({
    dtype: 'I64',
    shape,
    data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  });
  const { value, value_float: one, value_floats: some, value_int: whole, value_ints: wholes } = attributes;
  if (typeof value === 'object' && 'tensor' in value) return value.tensor;
  if (typeof one === 'object' && 'float' in one) return f32([one.float], []);
  if (typeof some === 'object' && 'floats' in some) return f32(some.floats, [some.floats.length]);
  if (typeof whole === 'number') return i64([whole], []);
  if (Array.isArray(wholes)) return i64(wholes as readonly number[], [wholes.length]);
  throw new ModelError(`${file}: node ${name} (Constant) holds something else than numbers`);
}
