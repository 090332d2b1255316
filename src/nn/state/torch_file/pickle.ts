/**
 * Python's pickle, as much of it as a state dict needs, and nothing run: a pickle is a program whose instructions may
 * call anything. Here instructions that make numbers, texts, lists, tuples and dicts make values; the few functions
 * that torch.save names are known by name, and what they would return is put down; everything else is refused, by name.
 * Opcodes: Lib/pickletools.py of CPython, protocols 2 to 5.
 */
import { ModelError } from '../../../device/errors.js';
import { INSTRUCTIONS, instructionName, type PickleMachine } from './pickle_opcodes.js';
import { isDict, isKind, isTensorRef, type TensorRef, type Value } from './pickle_values.js';

const MARK = Symbol('mark');

const REBUILD = ['torch._utils._rebuild_tensor_v2', 'torch._utils._rebuild_tensor'];
const STORAGES = ['Float', 'Half', 'BFloat16', 'Double', 'Long', 'Int', 'Short', 'Char', 'Byte', 'Bool'];
/** All that a file may name. */
const ALLOWED: ReadonlySet<string> = new Set([
  'collections.OrderedDict',
  ...REBUILD,
  'torch._utils._rebuild_parameter',
  'torch.Size',
  'torch.device',
  ...STORAGES.map((type) => `torch.${type}Storage`),
  ...['float32', 'float16', 'bfloat16', 'float64', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'].map(
    (type) => `torch.${type}`,
  ),
]);

const MOST_VALUES = 2 ** 22;
/** A whole number of more bytes than this is none of a state dict. */
const LONGEST = 16;

const isCount = (value: Value | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: Value | undefined): value is number[] => Array.isArray(value) && value.every(isCount);

/** What a pickle says, and where it ends. */
export interface Unpickled {
  readonly value: Value;
  /** The byte behind its last. */
  readonly end: number;
}

/** @throws ModelError for an instruction or a name that is not allowed, and where the pickle contradicts itself. */
export function unpickle(bytes: Uint8Array, start: number, file: string): Unpickled {
  return new Reader(bytes, start, file).run();
}

class Reader implements PickleMachine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #file: string;
  readonly #stack: (Value | typeof MARK)[] = [];
  readonly #memo = new Map<number, Value>();
  #at: number;
  #values = 0;

  constructor(bytes: Uint8Array, start: number, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#file = file;
  }

  run(): Unpickled {
    for (;;) {
      const code = this.#u8();
      if (code === 0x2e) return { value: this.pop(), end: this.#at }; // STOP
      const instruction = INSTRUCTIONS[code] as ((r: PickleMachine) => void) | undefined;
      if (instruction === undefined) throw this.#refuse(`the instruction ${instructionName(code)} of pickle`);
      instruction(this);
      if (++this.#values > MOST_VALUES) throw this.#bad(`more than ${MOST_VALUES} instructions`);
    }
  }

  #bad(what: string): ModelError {
    return new ModelError(`${this.#file}: ${what}`, { fix: 'the file is damaged or was changed; get it again' });
  }

  #refuse(what: string): ModelError {
    return new ModelError(`${this.#file}: uses ${what}, which no state dict needs; nothing of it was run`, {
      fix: 'in Python, with a file that you trust: torch.save(model.state_dict(), FILE)',
    });
  }

  #take(count: number): number {
    const at = this.#at;
    if (!(count <= this.#bytes.length - at)) throw this.#bad(`the pickle ends within a value of ${count} bytes`);
    this.#at += count;
    return at;
  }

  #u8(): number {
    return this.#bytes[this.#take(1)];
  }

  number(width: 1 | 2 | 4): number {
    const at = this.#take(width);
    if (width === 1) return this.#bytes[at];
    return width === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  signed(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  float(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  long(width: 1 | 4): void {
    const length = this.number(width);
    if (length > LONGEST) throw this.#refuse(`a whole number of ${length} bytes`);
    const at = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[at + i]);
    const signed = length === 0 ? 0n : BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    this.push(Number.isSafeInteger(number) ? number : signed);
  }

  text(length: number): string {
    const at = this.#take(length);
    return new TextDecoder().decode(this.#bytes.subarray(at, at + length));
  }

  long8(): number {
    const at = this.#take(8);
    return this.#view.getUint32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true);
  }

  skip(count: number): void {
    this.#take(count);
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0 || end - this.#at > 1000) throw this.#bad('a name in the pickle has no end');
    const text = new TextDecoder().decode(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  push(value: Value): void {
    this.#stack.push(value);
  }

  pop(): Value {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw this.#bad('the pickle takes what it has not put down');
    return value;
  }

  mark(): void {
    this.#stack.push(MARK);
  }

  /** What has been put down since the last mark. */
  toMark(): Value[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw this.#bad('the pickle goes back to a mark that is not there');
    const values = this.#stack.splice(at + 1) as Value[]; // behind the last mark there is none
    this.#stack.pop();
    return values;
  }

  tuple(count: number): void {
    if (count > this.#stack.length) throw this.#bad('the pickle takes what it has not put down');
    const values = this.#stack.splice(this.#stack.length - count);
    if (values.includes(MARK)) throw this.#bad('the pickle takes what it has not put down');
    this.push(values as Value[]);
  }

  put(index: number): void {
    if (this.#memo.size >= MOST_VALUES) throw this.#bad('the pickle remembers too much');
    const value = this.#stack.at(-1);
    if (value === undefined || value === MARK) throw this.#bad('the pickle remembers what is not there');
    this.#memo.set(index, value);
  }

  memoize(): void {
    this.put(this.#memo.size);
  }

  get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#bad(`the pickle recalls ${index}, which it has not remembered`);
    this.push(value);
  }

  named(module: string, name: string): void {
    const full = `${module}.${name}`;
    if (!ALLOWED.has(full)) throw this.#refuse(JSON.stringify(full));
    this.push({ kind: 'named', name: full });
  }

  stackGlobal(): void {
    const [name, module] = [this.pop(), this.pop()];
    if (typeof name !== 'string' || typeof module !== 'string') throw this.#refuse('a name that is no text');
    this.named(module, name);
  }

  items(values: readonly Value[]): void {
    const dict = this.#stack.at(-1);
    if (dict === MARK || !isDict(dict) || values.length % 2 !== 0)
      throw this.#bad('the pickle puts entries into what is no dict');
    for (let i = 0; i < values.length; i += 2) dict.set(values[i], values[i + 1]);
  }

  append(values: readonly Value[]): void {
    const list = this.#stack.at(-1);
    if (!Array.isArray(list)) throw this.#bad('the pickle appends to what is no list');
    for (const value of values) list.push(value);
  }

  /** Attributes of a dict: a state dict's `_metadata`, of which nothing is needed. */
  build(): void {
    this.pop();
    const target = this.#stack.at(-1);
    if (target === MARK || !isDict(target)) throw this.#refuse('the instruction BUILD of pickle on an object');
  }

  /** What a function would return, of those that are allowed. */
  reduce(): void {
    const [args, called] = [this.pop(), this.pop()];
    if (!isKind(called, 'named') || !Array.isArray(args)) throw this.#refuse('a call of what is no function');
    this.push(this.#returned(called.name, args));
  }

  #returned(name: string, args: readonly Value[]): Value {
    if (name === 'collections.OrderedDict') {
      const pairs = args[0] ?? [];
      if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2))
        throw this.#bad('an OrderedDict of what are no pairs');
      return new Map(pairs as [Value, Value][]);
    }
    if (REBUILD.includes(name)) return this.#tensor(args);
    if (name === 'torch._utils._rebuild_parameter' && isTensorRef(args[0])) return args[0];
    if (name === 'torch.Size' && isCounts(args[0])) return args[0];
    if (name === 'torch.device') return args.map(String).join(':');
    throw this.#refuse(`a call of ${name}`);
  }

  #tensor([storage, offset, shape, stride]: readonly Value[]): TensorRef {
    if (!isKind(storage, 'storage') || !isCount(offset) || !isCounts(shape) || !isCounts(stride))
      throw this.#bad('a tensor that is no part of a storage');
    if (shape.length !== stride.length) throw this.#bad('a tensor of other sizes than strides');
    const count = shape.reduce((n, d) => n * d, 1);
    const last = offset + shape.reduce((n, d, i) => n + (d - 1) * stride[i], 0);
    if (count > 0 && !(last < storage.size))
      throw this.#bad(`a tensor of (${shape.join(', ')}) reaches beyond its ${storage.size} numbers`);
    return { kind: 'tensor', storage, offset, shape, stride };
  }

  /** `('storage', torch.FloatStorage, '0', 'cpu', 108)`. */
  persistent(): void {
    const id = this.pop();
    const [word, type, key, , size, view] = Array.isArray(id) ? id : [];
    if (word !== 'storage' || !isKind(type, 'named') || !type.name.endsWith('Storage'))
      throw this.#refuse(`a reference to ${typeof word === 'string' ? JSON.stringify(word) : 'what is no storage'}`);
    if (typeof key !== 'string' || !isCount(size)) throw this.#bad('a storage without a key or a size');
    if (view !== undefined && view !== null) throw this.#refuse('a view of another storage, as before torch 0.4');
    this.push({ kind: 'storage', type: type.name.slice('torch.'.length), key, size });
  }
}
