/** WGSL's functions of numbers, and its conversions. */
import { binary, converted, mapped, numberOf, scalar, UNKNOWN, zip, type Kind, type Value } from './values.js';

const FLOATS: Readonly<Record<string, (x: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  sqrt: Math.sqrt,
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  log: Math.log,
  log2: Math.log2,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  abs: Math.abs,
  saturate: (x) => Math.min(1, Math.max(0, x)),
};

const kindOf = (a: Value, b: Value): Kind => {
  const kinds = [a, b].flatMap((v) => (v.is === 'scalar' || v.is === 'vector' ? [v.kind] : []));
  return kinds.find((k) => k !== 'int' && k !== 'float') ?? kinds[0] ?? 'int';
};
const smaller = (a: Value, b: Value): Value => zip(kindOf(a, b), a, b, Math.min);
const larger = (a: Value, b: Value): Value => zip(kindOf(a, b), a, b, Math.max);

/** `select(no, yes, condition)`, component by component where the condition is a vector. */
function select(no: Value, yes: Value, condition: Value): Value {
  if (condition.is === 'scalar') return condition.value === 0 ? no : yes;
  if (condition.is !== 'vector') return UNKNOWN;
  const kept = zip('int', no, condition, (x, c) => (c === 0 ? x : 0));
  const taken = zip('int', yes, condition, (x, c) => (c === 0 ? 0 : x));
  return zip(kindOf(no, yes), kept, taken, (x, y) => x + y);
}

function all(v: Value, wanted: (values: readonly number[]) => boolean): Value {
  if (v.is === 'scalar') return v;
  return v.is === 'vector' ? scalar('bool', wanted(v.values) ? 1 : 0) : UNKNOWN;
}

/** What a call of a function of WGSL's own gives; undefined where there is none of that name. */
export function builtin(name: string, args: readonly Value[]): Value | undefined {
  const [a = UNKNOWN, b = UNKNOWN, c = UNKNOWN] = args;
  const float = FLOATS[name] as ((x: number) => number) | undefined;
  if (float !== undefined) return mapped(a, float);
  switch (name) {
    case 'min':
      return smaller(a, b);
    case 'max':
      return larger(a, b);
    case 'clamp':
      return smaller(larger(a, b), c);
    case 'select':
      return select(a, b, c);
    case 'fma':
      return binary('+', binary('*', a, b), c);
    case 'any':
      return all(a, (v) => v.some((x) => x !== 0));
    case 'all':
      return all(a, (v) => v.every((x) => x !== 0));
    case 'arrayLength':
      return scalar('u32', 2 ** 28);
    case 'workgroupBarrier':
    case 'storageBarrier':
    case 'subgroupBarrier':
    case 'workgroupUniformLoad':
    case 'transpose':
    case 'dot':
    case 'mix':
    case 'pow':
    case 'sign':
    case 'round':
    case 'step':
    case 'length':
    case 'atanh':
    case 'fract':
      return UNKNOWN;
    default:
      return /^(?:subgroup|unpack|pack|countOne|count|first|extract|insert|reverse|ldexp|frexp|atomic|quantize)/.test(
        name,
      )
        ? UNKNOWN
        : undefined;
  }
}

/** `vec4u(a, b)`, `u32(x)`: a value of `length` numbers, out of the arguments' or one for all; none is zeros. */
export function constructed(kind: Kind, length: number, args: readonly Value[]): Value {
  if (args.some((v) => v.is !== 'scalar' && v.is !== 'vector')) return UNKNOWN;
  const numbers = args.flatMap((v) => {
    if (v.is === 'scalar') return [converted(kind, v.kind, v.value)];
    return v.is === 'vector' ? v.values.map((x) => converted(kind, v.kind, x)) : [];
  });
  if (length === 1) return scalar(kind, numbers[0] ?? 0);
  const one = numbers.length === 1 ? numbers[0] : 0;
  const values = numbers.length === length ? numbers : Array<number>(length).fill(one);
  return { is: 'vector', kind, values };
}

const cell = new DataView(new ArrayBuffer(4));

/** The same bits as another kind. */
export function bitcast(kind: Kind, from: Value): Value {
  return mapped(
    from,
    (x, was) => {
      if (was === 'f32' || was === 'float') cell.setFloat32(0, x);
      else cell.setUint32(0, x >>> 0);
      return kind === 'f32' ? cell.getFloat32(0) : kind === 'i32' ? cell.getInt32(0) : cell.getUint32(0);
    },
    kind,
  );
}

/** Whether a condition holds; null where that is not known. */
export function truth(value: Value): boolean | null {
  const n = numberOf(value);
  return n === null ? null : n !== 0;
}
