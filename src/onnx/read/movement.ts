/** Nodes that move numbers: of tensors, and of the sizes that the host computes with. */
import * as F from '../../autograd/ops/index.js';
import { sizeOf, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { hostSlice, hostTranspose, walkOf } from './host.js';
import { isTensor, listOf, type HostValue, type NodeCall, type ReadRow, type ReadRows, type Value } from './value.js';

const at = (dim: number, rank: number): number => (dim < 0 ? dim + rank : dim);

/** A list given as an input, or by older files as an attribute. */
function axesOf(call: NodeCall, since: number, input = 1): readonly number[] | null {
  return call.opset >= since ? call.optionalNumbers(input) : call.list('axes');
}

const reshaped = (v: Value, shape: Shape): Value => (isTensor(v) ? F.reshape(v, shape) : { shape, data: v.data });

const reshape: ReadRow = (call) => {
  const v = call.value(0);
  const given = call.numbers(1);
  const isCopied = call.number('allowzero', 0) === 0;
  const shape = given.map((n, d) => (n === 0 && isCopied ? v.shape[d] : n));
  if (isTensor(v)) return F.reshape(v, shape);
  const known = shape.filter((n) => n >= 0);
  return { shape: shape.map((n) => (n < 0 ? v.data.length / sizeOf(known) : n)), data: v.data };
};

const flatten: ReadRow = (call) => {
  const x = call.tensor(0);
  const axis = at(call.number('axis', 1), x.rank);
  if (axis === 1) return F.flatten(x);
  return F.reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
};

const squeeze: ReadRow = (call) => {
  const v = call.value(0);
  const axes = axesOf(call, 13)?.map((d) => at(d, v.shape.length));
  return reshaped(
    v,
    v.shape.filter((n, d) => !(axes?.includes(d) ?? n === 1)),
  );
};

const unsqueeze: ReadRow = (call) => {
  const v = call.value(0);
  const axes = axesOf(call, 13) ?? [];
  const rank = v.shape.length + axes.length;
  const places = axes.map((d) => at(d, rank));
  const rest = [...v.shape];
  return reshaped(
    v,
    Array.from({ length: rank }, (_, d) => (places.includes(d) ? 1 : (rest.shift() ?? 1))),
  );
};

const transpose: ReadRow = (call) => {
  const v = call.value(0);
  const order = call.list('perm') ?? v.shape.map((_, d) => v.shape.length - 1 - d);
  return isTensor(v) ? F.permute(v, order) : hostTranspose(v, order);
};

const concat: ReadRow = (call) => {
  const all = Array.from({ length: call.count }, (_, i) => call.value(i));
  if (all.every((v): v is HostValue => !isTensor(v))) return listOf(all.flatMap((v) => v.data));
  return F.cat(
    all.map((_, i) => call.tensor(i)),
    call.number('axis', 0),
  );
};

/** One dimension from start to end; of a negative step it is turned round first. */
function slicedTensor(call: NodeCall, x: Tensor, dim: number, [start, end, step]: readonly number[]): Tensor {
  const size = x.shape[dim];
  const { from, to } = walkOf(size, start, end, step);
  if (step > 0) return F.slice(x, dim, from, Math.max(from, to), step);
  if (from < to) call.refuse('it takes nothing');
  return F.slice(F.flip(x, dim), dim, size - 1 - from, size - 1 - to, -step);
}

const slice: ReadRow = (call) => {
  const v = call.value(0);
  const isOld = call.opset < 10;
  const starts = isOld ? (call.list('starts') ?? []) : call.numbers(1);
  const ends = isOld ? (call.list('ends') ?? []) : call.numbers(2);
  const axes = (isOld ? call.list('axes') : call.optionalNumbers(3)) ?? starts.map((_, d) => d);
  const steps = (isOld ? null : call.optionalNumbers(4)) ?? starts.map(() => 1);
  return starts.reduce<Value>((y, start, i) => {
    const dim = at(axes[i], y.shape.length);
    const walk = [start, ends[i], steps[i]];
    return isTensor(y) ? slicedTensor(call, y, dim, walk) : hostSlice(y, dim, walk);
  }, v);
};

const split: ReadRow = (call) => {
  const x = call.tensor(0);
  const axis = at(call.number('axis', 0), x.rank);
  const given = call.opset < 13 ? call.list('split') : call.optionalNumbers(1);
  const parts = call.node.outputs.length;
  return F.split(x, given ?? Math.ceil(x.shape[axis] / parts), axis);
};

/** Of a list of sizes, or of one entry or several of a dimension. */
const gather: ReadRow = (call) => {
  const v = call.value(0);
  const index = call.value(1);
  const axis = at(call.number('axis', 0), v.shape.length);
  if (isTensor(index)) return call.refuse('its indices are computed');
  if (!isTensor(v)) {
    const data = index.data.map((i) => v.data[i < 0 ? i + v.data.length : i]);
    return { shape: index.shape, data };
  }
  const size = v.shape[axis];
  const places = index.data.map((i) => (i < 0 ? i + size : i));
  const parts = places.map((i) => F.narrow(v, axis, i, 1));
  const y = parts.length === 1 ? parts[0] : F.cat(parts, axis);
  return F.reshape(y, [...v.shape.slice(0, axis), ...index.shape, ...v.shape.slice(axis + 1)]);
};

const pad: ReadRow = (call) => {
  const x = call.tensor(0);
  const pads = call.opset < 11 ? (call.list('pads') ?? []) : call.numbers(1);
  const value = call.opset < 11 ? call.number('value', 0) : (call.optionalNumbers(2)?.[0] ?? 0);
  const axes = call.opset < 18 ? null : call.optionalNumbers(3);
  const dims = axes?.map((d) => at(d, x.rank)) ?? x.shape.map((_, d) => d);
  const mode = { constant: 'constant', reflect: 'reflect', edge: 'replicate', wrap: 'circular' } as const;
  const named = mode[call.text('mode', 'constant') as keyof typeof mode] ?? call.refuse('its mode is unknown');
  const pairs = x.shape.map((_, d) => {
    const i = dims.indexOf(d);
    return i < 0 ? [0, 0] : [pads[i], pads[i + dims.length]];
  });
  const first = pairs.findIndex(([a, b]) => a !== 0 || b !== 0);
  return first < 0 ? x : F.pad(x, pairs.slice(first).reverse().flat(), { mode: named, value });
};

const expand: ReadRow = (call) => {
  const v = call.value(0);
  const shape = call.numbers(1);
  if (!isTensor(v)) {
    if (v.data.length === 1) return { shape, data: new Array<number>(sizeOf(shape)).fill(v.data[0]) };
    return call.refuse('a list that is repeated');
  }
  const rank = Math.max(v.rank, shape.length);
  const own = (sizes: readonly number[], d: number): number => sizes[d - rank + sizes.length] ?? 1;
  return F.expand(
    v,
    Array.from({ length: rank }, (_, d) => Math.max(own(v.shape, d), own(shape, d))),
  );
};

const resize: ReadRow = (call) => {
  const x = call.tensor(0);
  const isOld = call.node.type === 'Upsample' || call.opset < 11;
  const factors = call.optionalNumbers(isOld ? 1 : 2);
  const sizes = isOld ? null : call.optionalNumbers(3);
  const size = sizes ?? factors?.map((f, d) => Math.floor(f * x.shape[d])) ?? call.refuse('it has no size');
  if (x.rank !== 4 || size[0] !== x.shape[0] || size[1] !== x.shape[1]) call.refuse('it resizes other than images');
  const mode = call.text('mode', 'nearest');
  const places = call.text('coordinate_transformation_mode', isOld ? 'asymmetric' : 'half_pixel');
  const target = [size[2], size[3]] as const;
  if (mode === 'nearest' && places === 'asymmetric') return F.interpolate(x, { size: target, mode: 'nearest' });
  if (mode === 'nearest' && places === 'half_pixel') return F.interpolate(x, { size: target, mode: 'nearest-exact' });
  const isCubic = mode === 'cubic';
  if (!['half_pixel', 'pytorch_half_pixel', 'align_corners'].includes(places) || !(isCubic || mode === 'linear'))
    call.refuse(`mode ${mode} with ${places}`);
  const alignCorners = places === 'align_corners';
  return F.interpolate(x, { size: target, mode: isCubic ? 'bicubic' : 'bilinear', alignCorners });
};

const shapeRow: ReadRow = (call) => {
  const { shape } = call.value(0);
  return listOf(shape.slice(call.number('start', 0), call.number('end', shape.length)));
};

export const READ_MOVEMENT: ReadRows = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Concat: concat,
  Slice: slice,
  Split: split,
  Gather: gather,
  Pad: pad,
  Expand: expand,
  Resize: resize,
  Upsample: resize,
  Shape: shapeRow,
  ConstantOfShape: (call) => {
    const shape = call.numbers(0);
    return { shape, data: new Array<number>(sizeOf(shape)).fill(call.stored('value')?.[0] ?? 0) };
  },
  Trilu: (call) => {
    const k = call.optionalNumbers(1)?.[0] ?? 0;
    return call.number('upper', 1) === 1 ? F.triu(call.tensor(0), k) : F.tril(call.tensor(0), k);
  },
};
