/** The instructions of pickle that are followed, by opcode, and the names of those that are met and refused. */
import type { Value } from './pickle_values.js';

/** What instructions work on: a stack of values and marks, a memory, and the bytes that follow. */
export interface PickleMachine {
  number(width: 1 | 2 | 4): number;
  signed(): number;
  float(): number;
  long(width: 1 | 4): void;
  long8(): number;
  text(length: number): string;
  line(): string;
  skip(count: number): void;
  push(value: Value): void;
  pop(): Value;
  mark(): void;
  toMark(): Value[];
  tuple(count: number): void;
  put(index: number): void;
  memoize(): void;
  get(index: number): void;
  named(module: string, name: string): void;
  stackGlobal(): void;
  items(values: readonly Value[]): void;
  append(values: readonly Value[]): void;
  build(): void;
  reduce(): void;
  persistent(): void;
}

/** By opcode. */
export const INSTRUCTIONS: Readonly<Record<number, (r: PickleMachine) => void>> = {
  0x80: (r) => void r.number(1), // PROTO
  0x95: (r) => r.skip(8), // FRAME
  0x28: (r) => r.mark(), // MARK (
  0x4e: (r) => r.push(null), // NONE N
  0x88: (r) => r.push(true), // NEWTRUE
  0x89: (r) => r.push(false), // NEWFALSE
  0x4a: (r) => r.push(r.signed()), // BININT J
  0x4b: (r) => r.push(r.number(1)), // BININT1 K
  0x4d: (r) => r.push(r.number(2)), // BININT2 M
  0x8a: (r) => r.long(1), // LONG1
  0x8b: (r) => r.long(4), // LONG4
  0x47: (r) => r.push(r.float()), // BINFLOAT G
  0x58: (r) => r.push(r.text(r.number(4))), // BINUNICODE X
  0x8c: (r) => r.push(r.text(r.number(1))), // SHORT_BINUNICODE
  0x8d: (r) => r.push(r.text(r.long8())), // BINUNICODE8
  0x55: (r) => r.push(r.text(r.number(1))), // SHORT_BINSTRING U
  0x54: (r) => r.push(r.text(r.number(4))), // BINSTRING T
  0x29: (r) => r.push([]), // EMPTY_TUPLE )
  0x5d: (r) => r.push([]), // EMPTY_LIST ]
  0x7d: (r) => r.push(new Map()), // EMPTY_DICT }
  0x74: (r) => r.push(r.toMark()), // TUPLE t
  0x85: (r) => r.tuple(1),
  0x86: (r) => r.tuple(2),
  0x87: (r) => r.tuple(3),
  0x71: (r) => r.put(r.number(1)), // BINPUT q
  0x72: (r) => r.put(r.number(4)), // LONG_BINPUT r
  0x94: (r) => r.memoize(), // MEMOIZE
  0x68: (r) => r.get(r.number(1)), // BINGET h
  0x6a: (r) => r.get(r.number(4)), // LONG_BINGET j
  0x61: (r) => r.append([r.pop()]), // APPEND a
  0x65: (r) => r.append(r.toMark()), // APPENDS e
  0x73: (r) => {
    const value = r.pop();
    r.items([r.pop(), value]);
  }, // SETITEM s
  0x75: (r) => r.items(r.toMark()), // SETITEMS u
  0x63: (r) => r.named(r.line(), r.line()), // GLOBAL c
  0x93: (r) => r.stackGlobal(), // STACK_GLOBAL
  0x52: (r) => r.reduce(), // REDUCE R
  0x62: (r) => r.build(), // BUILD b
  0x51: (r) => r.persistent(), // BINPERSID Q
};

/** Those that are met in files of other things. */
const REFUSED: Readonly<Record<number, string>> = {
  0x69: 'INST',
  0x6f: 'OBJ',
  0x81: 'NEWOBJ',
  0x92: 'NEWOBJ_EX',
  0x50: 'PERSID',
  0x82: 'EXT1',
  0x83: 'EXT2',
  0x84: 'EXT4',
  0x42: 'BINBYTES',
  0x43: 'SHORT_BINBYTES',
  0x8e: 'BINBYTES8',
  0x96: 'BYTEARRAY8',
  0x8f: 'EMPTY_SET',
  0x91: 'FROZENSET',
  0x97: 'NEXT_BUFFER',
};

/** An instruction by its name, where it is known. */
export const instructionName = (code: number): string => REFUSED[code] ?? `0x${code.toString(16).padStart(2, '0')}`;
