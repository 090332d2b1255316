/**
 * Weights that PyTorch saved: `torch.save` of a state dict, in its zip format (since 1.6) or the one before. Nothing in
 * the file is run (pickle.ts); what it says of sizes and places is checked before memory is taken.
 */
import { ModelError } from '../../../device/errors.js';
import { nameFew } from '../state_dict.js';
import { DTYPE_BYTES, type RawDtype, type RawTensor } from '../raw_tensor.js';
import { unpickle } from './pickle.js';
import { isDict, isTensorRef, type Dict, type StorageRef, type TensorRef, type Value } from './pickle_values.js';
import { isZipFile, ZipEntries } from './zip_entries.js';

/** A state dict out of a file of PyTorch's. */
export interface TorchState {
  readonly tensors: ReadonlyMap<string, RawTensor>;
  /** Under which keys it lay in the file, e.g. `state_dict`; empty: it is all that the file holds. */
  readonly within: string;
}

const DTYPES: Readonly<Record<string, RawDtype>> = {
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  DoubleStorage: 'F64',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** What others put a state dict under, the first that is there counts. */
const WITHIN: readonly string[] = [
  'state_dict',
  'model_state_dict',
  'model',
  'net',
  'network',
  'module',
  'weights',
  'state_dict_ema',
  'model_ema',
  'ema_state_dict',
  'ema',
];
const DEEPEST = 3;

/** LONG1 of ten bytes, the number that opens a file of the format before 1.6. */
const LEGACY = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

const isLegacy = (bytes: Uint8Array): boolean => LEGACY.every((byte, i) => bytes[i] === byte);

/** Whether bytes begin as torch.save's files do. */
export const isTorchFile = (bytes: Uint8Array): boolean => isZipFile(bytes) || isLegacy(bytes);

const bad = (file: string, what: string, fix = 'the file is damaged or was changed; get it again'): ModelError =>
  new ModelError(`${file}: ${what}`, { fix });

/** What a file holds, and the bytes of a storage of it. */
interface Opened {
  readonly value: Value;
  readonly bytesOf: (storage: StorageRef) => Uint8Array;
}

function openZip(bytes: Uint8Array, file: string): Opened {
  const entries = new ZipEntries(bytes, file);
  const pickle = entries.names.find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickle === undefined)
    throw bad(file, `holds ${nameFew(entries.names)}, and no data.pkl`, 'give a file that torch.save wrote');
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = `${folder}byteorder`;
  if (entries.has(order) && new TextDecoder().decode(entries.get(order)).trim() !== 'little')
    throw bad(file, 'was saved on a machine whose numbers have the most significant byte first', 'save it on another');
  return {
    value: unpickle(entries.get(pickle), 0, file).value,
    bytesOf: ({ key }) => entries.get(`${folder}data/${key}`),
  };
}

/** Magic number, protocol, system, the object, the storages' keys; then each storage's count and numbers. */
function openLegacy(bytes: Uint8Array, file: string): Opened {
  let at = LEGACY.length;
  const [, system, value, keys] = [0, 1, 2, 3].map(() => {
    const read = unpickle(bytes, at, file);
    at = read.end;
    return read.value;
  });
  if (isDict(system) && system.get('little_endian') === false)
    throw bad(file, 'was saved on a machine whose numbers have the most significant byte first', 'save it on another');
  if (!Array.isArray(keys)) throw bad(file, 'the list of storages is missing');
  const storages = storagesIn(value);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined) throw bad(file, `a storage ${String(key)} that no tensor has`);
    if (at + 8 > bytes.length) throw bad(file, 'ends before its numbers do: it is cut');
    const count = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
    const end = at + 8 + count * DTYPE_BYTES[dtypeOf(storage, file)];
    if (count !== storage.size || !(end <= bytes.length))
      throw bad(
        file,
        `storage ${storage.key} of ${storage.size} numbers: ${count} are said to follow, or the file is cut`,
      );
    places.set(storage.key, bytes.subarray(at + 8, end));
    at = end;
  }
  return {
    value,
    bytesOf: ({ key }) => {
      const place = places.get(key);
      if (place === undefined) throw bad(file, `the numbers of storage ${key} are missing`);
      return place;
    },
  };
}

/** All storages of a value by key: no value is looked into twice, however often it is referred to. */
function storagesIn(value: Value): ReadonlyMap<string, StorageRef> {
  const storages = new Map<string, StorageRef>();
  const seen = new Set<Value>();
  const left: Value[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (seen.has(next)) continue;
    if (isTensorRef(next)) storages.set(next.storage.key, next.storage);
    else if (Array.isArray(next) || isDict(next)) {
      seen.add(next);
      for (const inner of next.values()) if (inner !== null) left.push(inner);
    }
  }
  return storages;
}

function dtypeOf({ type }: StorageRef, file: string): RawDtype {
  const dtype = DTYPES[type] as RawDtype | undefined;
  if (dtype === undefined) throw bad(file, `has numbers of ${type}`, 'save them as float32');
  return dtype;
}

/** A tensor's numbers: where they lie, or, of one that is turned round, a copy in order. */
function rawTensor(
  { storage, offset, shape, stride }: TensorRef,
  key: string,
  opened: Opened,
  file: string,
): RawTensor {
  const dtype = dtypeOf(storage, file);
  const width = DTYPE_BYTES[dtype];
  const bytes = opened.bytesOf(storage);
  if (bytes.length !== storage.size * width)
    throw bad(
      file,
      `tensor ${key}: ${bytes.length} bytes of numbers, expected ${storage.size} of type ${storage.type}`,
    );
  const count = shape.reduce((n, d) => n * d, 1);
  let inner = 1;
  let isContiguous = true;
  for (let i = shape.length - 1; i >= 0; i--) {
    isContiguous &&= shape[i] === 1 || stride[i] === inner;
    inner *= shape[i];
  }
  if (isContiguous || count === 0)
    return { dtype, shape, data: bytes.subarray(offset * width, (offset + count) * width) };
  if (count > storage.size) throw bad(file, `tensor ${key} repeats its numbers`, 'save it after .contiguous()');
  const data = new Uint8Array(count * width);
  const at = new Array<number>(shape.length).fill(0);
  for (let n = 0; n < count; n++) {
    const place = offset + at.reduce((sum, index, i) => sum + index * stride[i], 0);
    data.set(bytes.subarray(place * width, (place + 1) * width), n * width);
    for (let i = shape.length - 1; i >= 0 && ++at[i] === shape[i]; i--) at[i] = 0;
  }
  return { dtype, shape, data };
}

/** The state dict in what a file holds: itself, or what lies under one of the usual keys. */
function stateIn(value: Value, within: readonly string[] = []): { state: Dict; within: readonly string[] } | null {
  if (!isDict(value)) return null;
  if ([...value.values()].some(isTensorRef)) return { state: value, within };
  if (within.length >= DEEPEST) return null;
  for (const key of WITHIN) {
    const found = stateIn(value.get(key) ?? null, [...within, key]);
    if (found !== null) return found;
  }
  return null;
}

/**
 * The state dict of a file. The tensors' data are views of `bytes` where they lie in order.
 * @throws ModelError for a file that is damaged, holds no state dict, or would run something.
 */
export function parseTorchFile(bytes: Uint8Array, file: string): TorchState {
  const opened = isZipFile(bytes) ? openZip(bytes, file) : openLegacy(bytes, file);
  const found = stateIn(opened.value);
  if (found === null) {
    const keys = isDict(opened.value) ? [...opened.value.keys()].map(String) : [];
    throw bad(
      file,
      keys.length === 0 ? 'holds no state dict' : `holds ${nameFew(keys)}, none of which is a state dict`,
      'in Python: torch.save(model.state_dict(), FILE)',
    );
  }
  const tensors = new Map<string, RawTensor>();
  for (const [key, value] of found.state)
    if (typeof key === 'string' && isTensorRef(value)) tensors.set(key, rawTensor(value, key, opened, file));
  return { tensors, within: found.within.join('.') };
}
