/**
 * The safetensors file format (https://huggingface.co/docs/safetensors), read strictly and written deterministically:
 *
 *   u64 little-endian n | n bytes of JSON | data
 *   {"__metadata__": {"key": "text"}, "NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, …}
 *
 * Offsets count from the start of the data. The tensors tile the data: no hole, no overlap, nothing after the last. A
 * file that breaks a rule is refused whole, so that no damaged or hostile file becomes a model that is only nearly
 * right.
 */
import { ModelError, UsageError } from '../../device/errors.js';
import { checkContent, contentDigest, DIGEST } from '../../device/files/integrity.js';
import { showValue } from '../../device/files/json_checks.js';
import { duplicateKey } from './json_keys.js';
import { byteCount, isRawDtype, type RawTensor } from './raw_tensor.js';

export { fromFloat32, int64FromUint32, toFloat32, toUint32, type RawDtype, type RawTensor } from './raw_tensor.js';

/** A parsed file. */
export interface Safetensors {
  /** By name, in the order of the data. */
  readonly tensors: Map<string, RawTensor>;
  /** The file's `__metadata__`; {} when it has none. */
  readonly metadata: Record<string, string>;
}

/** Largest header that the format allows, in bytes. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';
const TENSOR_KEYS: ReadonlySet<string> = new Set(['dtype', 'shape', 'data_offsets']);
/** Matches half of a surrogate pair: such a text has no UTF-8 form, so other readers could not open the file. */
const LONE_SURROGATE = /\p{Surrogate}/u;

interface Placed {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
  readonly tensor: RawTensor;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}

const show = (value: unknown): string => (value === undefined ? 'nothing' : showValue(value, 80));

function bad(file: string, name: string | null, reason: string): ModelError {
  return new ModelError(`${file}: ${name === null ? '' : `tensor ${show(name)}: `}${reason}`, {
    fix: 'the file is damaged or not a safetensors file; download or write it again',
  });
}

/** The header as a JSON object without repeated keys, and where the data starts. */
function readHeader(bytes: Uint8Array, file: string): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.byteLength < 8) throw bad(file, null, `${bytes.byteLength} bytes; a safetensors file has at least 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > MAX_HEADER_BYTES)
    throw bad(file, null, `header of ${length} bytes; at most ${MAX_HEADER_BYTES} are allowed`);
  if (8 + length > bytes.byteLength) {
    throw bad(file, null, `header of ${length} bytes reaches beyond the file's end (${bytes.byteLength} bytes)`);
  }
  const raw = bytes.subarray(8, 8 + length);
  if (raw[0] !== 0x7b) throw bad(file, null, "header does not start with '{'");
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    throw bad(file, null, 'header is not valid UTF-8');
  }
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw bad(file, null, `header is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(header)) throw bad(file, null, 'header is not a JSON object');
  const twice = duplicateKey(text);
  if (twice !== null) throw bad(file, null, `header has the key ${show(twice)} twice`);
  return { header, dataStart: 8 + length };
}

function readMetadata(value: unknown, file: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value)) throw bad(file, null, `${METADATA} is ${show(value)}, not an object`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw bad(file, null, `${METADATA} entry ${show(key)} is ${show(text)}, not a text`);
    if (LONE_SURROGATE.test(key + text)) throw bad(file, null, `${METADATA} entry ${show(key)} is not valid Unicode`);
  }
  return value as Record<string, string>;
}

/** One header entry with all that can be checked about it alone. `data` is the part of the file after the header. */
function readEntry(name: string, entry: unknown, data: Uint8Array, file: string): Placed {
  if (LONE_SURROGATE.test(name)) throw bad(file, name, 'name is not valid Unicode');
  if (!isObject(entry)) throw bad(file, name, `entry is ${show(entry)}, not an object`);
  for (const key of Object.keys(entry)) if (!TENSOR_KEYS.has(key)) throw bad(file, name, `unknown field ${show(key)}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isRawDtype(dtype)) throw bad(file, name, `unknown dtype ${show(dtype)}`);
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw bad(file, name, `shape ${show(shape)} is not a list of whole numbers, 0 or more`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw bad(file, name, `data_offsets ${show(offsets)} are not two whole numbers, 0 or more`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end) throw bad(file, name, `data_offsets [${begin}, ${end}] are out of order`);
  if (end > data.byteLength) {
    throw bad(file, name, `data_offsets [${begin}, ${end}] reach beyond the data (${data.byteLength} bytes)`);
  }
  const needed = byteCount(dtype, shape);
  if (needed === null) throw bad(file, name, `shape ${show(shape)} has too many elements`);
  if (needed !== end - begin) {
    throw bad(
      file,
      name,
      `data_offsets [${begin}, ${end}] hold ${end - begin} bytes but ${dtype} ${show(shape)} needs ${needed}`,
    );
  }
  return { name, begin, end, tensor: { dtype, shape, data: data.subarray(begin, end) } };
}

/**
 * Reads a whole file. The tensors' data are views of `bytes`, not copies. `file` is for messages. Throws ModelError
 * with file, tensor and reason when the file breaks any rule of the format, or is one of ours whose digest is not that
 * of its contents.
 */
export function parseSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const { header, dataStart } = readHeader(bytes, file);
  const data = bytes.subarray(dataStart);
  const metadata = readMetadata(Object.hasOwn(header, METADATA) ? header[METADATA] : undefined, file);
  const placed: Placed[] = [];
  for (const [name, entry] of Object.entries(header))
    if (name !== METADATA) placed.push(readEntry(name, entry, data, file));
  placed.sort((a, b) => a.begin - b.begin || a.end - b.end); // the header may list them in any order
  let filled = 0;
  for (const { name, begin, end } of placed) {
    if (begin > filled) throw bad(file, name, `bytes ${filled} to ${begin} before it belong to no tensor`);
    if (begin < filled)
      throw bad(file, name, `begins at byte ${begin}, inside the tensor before it, which ends at ${filled}`);
    filled = end;
  }
  if (filled !== data.byteLength) throw bad(file, null, `${data.byteLength - filled} bytes after the last tensor`);
  const tensors = new Map(placed.map(({ name, tensor }) => [name, tensor]));
  checkContent(tensors, metadata, file);
  return { tensors, metadata };
}

/**
 * Bytes of a file with these tensors, in the order given; the same input gives the same bytes. The header is padded
 * with spaces so that the data start at a multiple of 8. Throws UsageError when a tensor's data do not fit its shape, a
 * shape is not of whole numbers, or a name is given twice, reserved or not valid Unicode.
 */
export function encodeSafetensors(
  tensors: Iterable<readonly [string, RawTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const list = [...tensors];
  const names = new Set<string>();
  const entries: string[] = [];
  if (Object.keys(metadata).length > 0) {
    for (const [key, text] of Object.entries(metadata)) {
      if (typeof text !== 'string')
        throw new UsageError(`[encodeSafetensors] metadata ${show(key)} is ${show(text)}, not a text`);
      if (LONE_SURROGATE.test(key + text))
        throw new UsageError(`[encodeSafetensors] metadata ${show(key)} is not valid Unicode`);
    }
    entries.push(`"${METADATA}":${JSON.stringify(metadata)}`);
  }
  let end = 0;
  for (const [name, { dtype, shape, data }] of list) {
    const where = `[encodeSafetensors] tensor ${show(name)}`;
    if (name === METADATA || LONE_SURROGATE.test(name)) throw new UsageError(`${where}: this name is not allowed`);
    if (names.has(name)) throw new UsageError(`${where} is given twice`);
    if (!shape.every(isSize) || byteCount(dtype, shape) !== data.byteLength) {
      throw new UsageError(`${where}: ${data.byteLength} bytes do not fit ${dtype} [${shape.join(', ')}]`);
    }
    names.add(name);
    const begin = end;
    end += data.byteLength;
    entries.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
  }
  const text = new TextEncoder().encode(`{${entries.join(',')}}`);
  const length = Math.ceil(text.byteLength / 8) * 8;
  if (length > MAX_HEADER_BYTES)
    throw new UsageError(`[encodeSafetensors] header of ${length} bytes; at most ${MAX_HEADER_BYTES} are allowed`);
  const out = new Uint8Array(8 + length + end).fill(0x20, 8, 8 + length);
  const view = new DataView(out.buffer);
  view.setUint32(0, length, true); // the upper half stays 0: the length is below 2^32
  out.set(text, 8);
  let at = 8 + length;
  for (const [, { data }] of list) {
    out.set(data, at);
    at += data.byteLength;
  }
  return out;
}

/**
 * As `encodeSafetensors`, with a digest of all that the file says. @param format without its number: `weft-checkpoint`.
 */
export function encodeSealed(
  format: string,
  tensors: Iterable<readonly [string, RawTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const list = [...tensors];
  const about = { format: `${format}-2`, ...metadata };
  return encodeSafetensors(list, { ...about, [DIGEST]: contentDigest(list, about) });
}
