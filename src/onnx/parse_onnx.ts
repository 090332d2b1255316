/** ONNX files read: strictly, and without believing a size before it is checked. */
import { ModelError } from '../device/errors.js';
import { byteCount } from '../nn/state/raw_tensor.js';
import {
  DATA_TYPES,
  FIELDS,
  type Attribute,
  type OnnxDtype,
  type OnnxFile,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './messages.js';
import { broken, fieldsOf, floatsOf, textOf, wholesOf, type Field } from './protobuf.js';

const DTYPES = new Map<number, OnnxDtype>(
  (Object.entries(DATA_TYPES) as [OnnxDtype, number][]).map(([name, number]) => [number, name]),
);

const shown = (name: string): string => JSON.stringify(name.slice(0, 80));

/** @throws ModelError for a type that Weft does not read. */
function dtypeOf(number: number, name: string, file: string): OnnxDtype {
  const dtype = DTYPES.get(number);
  if (dtype !== undefined) return dtype;
  throw new ModelError(`${file}: ${shown(name)} is of ONNX's type ${number}, which Weft does not read`, {
    fix: 'export the network with f32 or f16 weights',
  });
}

/** Lists of numbers as little-endian bytes of a type: how tensors are stored that have no raw data. */
function packed(dtype: OnnxDtype, values: readonly number[]): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(Float32Array.from(values).buffer);
  if (dtype === 'I64') return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  if (dtype === 'I32') return new Uint8Array(Int32Array.from(values).buffer);
  if (dtype === 'F16' || dtype === 'BF16' || dtype === 'U16') return new Uint8Array(Uint16Array.from(values).buffer);
  if (dtype === 'I16') return new Uint8Array(Int16Array.from(values).buffer);
  return Uint8Array.from(values); // BOOL, U8, I8
}

function readTensor(bytes: Uint8Array, file: string): { name: string; tensor: OnnxTensor } {
  const f = FIELDS.tensor;
  const shape: number[] = [];
  const values: number[] = [];
  let [type, name, isOutside] = [0, '', false];
  let data: Uint8Array | null = null;
  for (const field of fieldsOf(bytes, file)) {
    if (field.field === f.dims) shape.push(...wholesOf(field, file));
    else if (field.field === f.type) type = field.value;
    else if (field.field === f.name) name = textOf(field, file);
    else if (field.field === f.raw) data = field.bytes;
    else if (field.field === f.floats) values.push(...floatsOf(field, file));
    else if (field.field === f.int32s || field.field === f.int64s) values.push(...wholesOf(field, file));
    else if (field.field === f.doubles) data = field.bytes;
    else if (field.field === f.external || (field.field === f.place && field.value === 1)) isOutside = true;
  }
  if (isOutside)
    throw new ModelError(`${file}: the numbers of ${shown(name)} lie in another file (external data)`, {
      fix: 'save the network as one file: onnx.save(onnx.load(FILE), ONE_FILE)',
    });
  const dtype = dtypeOf(type, name, file);
  if (!shape.every((d) => Number.isSafeInteger(d) && d >= 0))
    throw broken(file, `${shown(name)} has the shape [${shape.join(', ')}]`);
  const needed = byteCount(dtype, shape);
  const stored = data ?? packed(dtype, values);
  if (needed !== stored.byteLength)
    throw broken(file, `${shown(name)} has ${stored.byteLength} bytes, ${dtype} [${shape.join(', ')}] needs ${needed}`);
  return { name, tensor: { dtype, shape, data: stored } };
}

function readAttribute(bytes: Uint8Array, file: string): [name: string, value: Attribute] {
  const f = FIELDS.attribute;
  let name = '';
  let type = 0;
  let single: Attribute | null = null;
  const [ints, floats, texts]: [number[], number[], string[]] = [[], [], []];
  for (const field of fieldsOf(bytes, file)) {
    if (field.field === f.name) name = textOf(field, file);
    else if (field.field === f.type) type = field.value;
    else if (field.field === f.int) single = field.value;
    else if (field.field === f.float) single = { float: floatsOf(field, file)[0] };
    else if (field.field === f.text) single = textOf(field, file);
    else if (field.field === f.tensor) single = { tensor: readTensor(field.bytes, file).tensor };
    else if (field.field === f.ints) ints.push(...wholesOf(field, file));
    else if (field.field === f.floats) floats.push(...floatsOf(field, file));
    else if (field.field === f.texts) texts.push(textOf(field, file));
  }
  if (type === 6) return [name, { floats }];
  if (type === 7) return [name, ints];
  if (type === 8) return [name, { texts }];
  return [name, single ?? EMPTY[type] ?? { unread: true }];
}

/** What an attribute of a type is that has its default: 0 and '' are not written. */
const EMPTY: Readonly<Record<number, Attribute>> = { 1: { float: 0 }, 2: 0, 3: '' };

function readNode(bytes: Uint8Array, file: string): OnnxNode {
  const f = FIELDS.node;
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const attributes: [string, Attribute][] = [];
  let [name, type, domain] = ['', '', ''];
  for (const field of fieldsOf(bytes, file)) {
    if (field.field === f.input) inputs.push(textOf(field, file));
    else if (field.field === f.output) outputs.push(textOf(field, file));
    else if (field.field === f.name) name = textOf(field, file);
    else if (field.field === f.type) type = textOf(field, file);
    else if (field.field === f.domain) domain = textOf(field, file);
    else if (field.field === f.attribute) attributes.push(readAttribute(field.bytes, file));
  }
  return {
    name: name === '' ? (outputs[0] ?? type) : name,
    type,
    domain: domain === 'ai.onnx' ? '' : domain,
    inputs,
    outputs,
    attributes: Object.fromEntries(attributes),
  };
}

/** The message in a message's field; empty where there is none. */
function inside(bytes: Uint8Array, wanted: number, file: string): Uint8Array {
  for (const field of fieldsOf(bytes, file)) if (field.field === wanted) return field.bytes;
  return new Uint8Array(0);
}

function readSize(bytes: Uint8Array, file: string): number | string {
  let size: number | string = '';
  for (const field of fieldsOf(bytes, file))
    size =
      field.field === FIELDS.dim.value ? field.value : field.field === FIELDS.dim.name ? textOf(field, file) : size;
  return size;
}

function readValue(bytes: Uint8Array, file: string): OnnxValue {
  let [name, element] = ['', 0];
  const shape: (number | string)[] = [];
  for (const field of fieldsOf(bytes, file)) {
    if (field.field === FIELDS.value.name) name = textOf(field, file);
    else if (field.field === FIELDS.value.type) {
      for (const part of fieldsOf(inside(field.bytes, FIELDS.type.tensor, file), file)) {
        if (part.field === FIELDS.tensorType.element) element = part.value;
        else if (part.field === FIELDS.tensorType.shape)
          for (const dim of fieldsOf(part.bytes, file)) shape.push(readSize(dim.bytes, file));
      }
    }
  }
  return { name, dtype: DTYPES.get(element) ?? 'F32', shape };
}

function readEntry(field: Field, file: string): [string, string] {
  let [key, value] = ['', ''];
  for (const part of fieldsOf(field.bytes, file)) {
    if (part.field === FIELDS.entry.key) key = textOf(part, file);
    else if (part.field === FIELDS.entry.value) value = textOf(part, file);
  }
  return [key, value];
}

/** The version of ONNX's own ops; 0 where none is given. */
function readOpset(field: Field, file: string): number {
  let [domain, version] = ['', 0];
  for (const part of fieldsOf(field.bytes, file)) {
    if (part.field === FIELDS.opset.domain) domain = textOf(part, file);
    else if (part.field === FIELDS.opset.version) version = part.value;
  }
  return domain === '' || domain === 'ai.onnx' ? version : 0;
}

/**
 * A whole file. Tensors are views of `bytes`, not copies. `file` is for messages.
 * @throws ModelError with file and reason where it is damaged, no ONNX file, or has its weights in other files.
 */
export function parseOnnx(bytes: Uint8Array, file: string): OnnxFile {
  const m = FIELDS.model;
  const g = FIELDS.graph;
  let [opset, producer] = [0, ''];
  let graph: Uint8Array | null = null;
  const metadata: [string, string][] = [];
  for (const field of fieldsOf(bytes, file)) {
    if (field.field === m.opset) opset = Math.max(opset, readOpset(field, file));
    else if (field.field === m.producer) producer = textOf(field, file);
    else if (field.field === m.graph && field.kind === 2) graph = field.bytes;
    else if (field.field === m.metadata) metadata.push(readEntry(field, file));
  }
  if (graph === null || opset === 0) throw broken(file, 'it has no graph, or says no version of its ops');
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const [inputs, outputs]: [OnnxValue[], OnnxValue[]] = [[], []];
  for (const field of fieldsOf(graph, file)) {
    if (field.field === g.node) nodes.push(readNode(field.bytes, file));
    else if (field.field === g.initializer) {
      const { name, tensor } = readTensor(field.bytes, file);
      initializers.set(name, tensor);
    } else if (field.field === g.input) inputs.push(readValue(field.bytes, file));
    else if (field.field === g.output) outputs.push(readValue(field.bytes, file));
    else if (field.field === g.sparse) throw new ModelError(`${file}: it has sparse weights, which Weft does not read`);
  }
  return {
    opset,
    producer,
    metadata: Object.fromEntries(metadata),
    graph: { nodes, initializers, inputs: inputs.filter((i) => !initializers.has(i.name)), outputs },
  };
}
