/** Models as text: a tree of layers as PyTorch prints it, with the shapes and the number of its parameters. */
import { formatShape, type Shape } from '../tensor/shape.js';

/** Notes begin in one column, but no further right than this. */
const MOST_COLUMNS = 72;

/** What is told of a module. */
interface Described {
  children(): Iterable<[string, Described]>;
  namedParameters(): Iterable<[string, { readonly shape: Shape }]>;
  parameterCount(): number;
  extraRepr(): string;
}

interface Line {
  readonly text: string;
  readonly note: string;
}

/**
 * A line for each module: `(fc1): Linear(400, 120)  # weight (120, 400), bias (120,): 48,120`. A module that holds
 * others has their number of parameters at its opening line.
 */
export function describeModule(module: Described): string {
  const lines = linesOf(module, '', '');
  const column = Math.min(MOST_COLUMNS, Math.max(...lines.map((l) => (l.note === '' ? 0 : l.text.length))));
  return lines.map(({ text, note }) => (note === '' ? text : `${text.padEnd(column)}  # ${note}`)).join('\n');
}

function linesOf(module: Described, name: string, indent: string): Line[] {
  const children = [...module.children()];
  const opening = `${indent}${name === '' ? '' : `(${name}): `}${module.constructor.name}(${module.extraRepr()}`;
  const note = noteOf(module, children);
  if (children.length === 0) return [{ text: `${opening})`, note }];
  return [
    { text: opening, note },
    ...children.flatMap(([key, child]) => linesOf(child, key, `${indent}  `)),
    { text: `${indent})`, note: '' },
  ];
}

/** Shapes of what is a module's own, then all parameters at it and below. */
function noteOf(module: Described, children: readonly (readonly [string, Described])[]): string {
  const own = [...module.namedParameters()].filter(([key]) => children.every(([name]) => !key.startsWith(`${name}.`)));
  const shapes = own.map(([key, { shape }]) => `${key} ${formatShape(shape)}`).join(', ');
  const count = module.parameterCount();
  if (count === 0) return '';
  const sum = count.toLocaleString('en-US');
  return shapes === '' ? `${sum} parameters` : `${shapes}: ${sum}`;
}

/** `stride=2, padding=(0, 1)`: settings by name, those that are not given left out. */
export function settings(values: object): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${setting(value)}`)
    .join(', ');
}

function setting(value: unknown): string {
  if (Array.isArray(value)) return `(${value.map(setting).join(', ')})`;
  return typeof value === 'number' && value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(value);
}
