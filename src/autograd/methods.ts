/**
 * The methods of Tensor that compute: `x.add(y)` is `add(x, y)`. They are put on the class from here, because Tensor
 * lies below kernels and autograd; the engine itself calls the functions. Loaded by the library's entries.
 */
import { Tensor, type DType } from '../tensor/tensor.js';
import { backward } from './backward.js';
import { detach } from './detach.js';
import * as F from './ops/index.js';
import { binaryFunctions, unaryFunctions } from './ops/elementwise/row_functions.js';

/** Functions that take what they take besides the tensor in the same order. */
const OTHERS = [
  ...(['sum', 'mean', 'max', 'min', 'prod', 'var', 'std', 'norm', 'argmax', 'argmin', 'topk'] as const),
  ...(['matmul', 'softmax', 'logSoftmax', 'logsumexp', 'clamp', 'gelu', 'cast', 'flatten'] as const),
  ...(['permute', 'transpose', 'unsqueeze', 'squeeze', 'expand', 'repeat', 'flip'] as const),
  ...(['slice', 'narrow', 'select', 'indexSelect', 'gather', 'split', 'chunk'] as const),
] as const;

/** What a function of a tensor takes besides it. */
export type Rest<F> = F extends (x: Tensor, ...rest: infer R) => unknown ? R : never;
/** The functions of the rows of the elementwise tables, all of which are methods. */
export type RowFunctions = typeof unaryFunctions & typeof binaryFunctions;
/** A function with its first argument taken. */
export type Method<Function extends (...args: never[]) => unknown> = (...rest: Rest<Function>) => ReturnType<Function>;

/** Numbers in nested lists, as deep as a tensor has dimensions; one number for none. */
export type NestedNumbers = number | NestedNumbers[];

/** What Tensor has besides its own properties: for each of these functions a method that hands it the tensor first. */
export type TensorMethods = {
  /** The function of that name, of this tensor. */
  readonly [Name in keyof RowFunctions]: Method<RowFunctions[Name]>;
} & {
  readonly [Name in (typeof OTHERS)[number]]: Method<(typeof F)[Name]>;
};

declare module '../tensor/tensor.js' {
  interface Tensor extends TensorMethods {
    /** The same numbers in another shape, without a copy; one size may be -1: `x.reshape(2, -1)`. */
    reshape(...shape: readonly number[]): Tensor;
    /** Adds d this / d leaf to `grad` of every leaf that requires it; see `backward`. */
    backward(seed?: Tensor): void;
    /** The same memory, out of the graph: no gradient flows back through it. */
    detach(): Tensor;
    /** Switches whether `backward` gives it a gradient, and returns it. */
    requiresGrad_(requires?: boolean): this;
    /** The numbers in nested lists, after everything recorded so far. */
    toArray(): Promise<NestedNumbers>;
    /** Swaps the last two dimensions. */
    t(): Tensor;
    /** The numbers as another type of float; as `cast`. */
    to(dtype: Exclude<DType, 'u32'>): Tensor;
  }
}

function method(name: string, body: (this: Tensor, ...rest: never[]) => unknown): void {
  Object.defineProperty(Tensor.prototype, name, { value: body, writable: true, configurable: true });
}

type Functions = Readonly<Record<string, (x: Tensor, ...rest: readonly unknown[]) => unknown>>;
const others = Object.fromEntries(OTHERS.map((name) => [name, F[name]]));
for (const [name, f] of Object.entries({ ...unaryFunctions, ...binaryFunctions, ...others } as unknown as Functions)) {
  method(name, function (...rest) {
    return f(this, ...rest);
  });
}
method('reshape', function (...shape: number[]) {
  return F.reshape(this, shape);
});
method('backward', function (seed?: Tensor) {
  backward(this, seed);
});
method('detach', function () {
  return detach(this);
});
method('requiresGrad_', function (requires = true) {
  this.requiresGrad = requires;
  return this;
});
method('toArray', async function () {
  const values = await this.read();
  const part = (dim: number, offset: number, size: number): NestedNumbers => {
    if (dim === this.rank) return values[offset];
    const inner = size / Math.max(this.shape[dim], 1);
    return Array.from({ length: this.shape[dim] }, (_, i) => part(dim + 1, offset + i * inner, inner));
  };
  return part(0, 0, this.size);
});
method('t', function () {
  return F.transpose(this);
});
method('to', function (dtype: Exclude<DType, 'u32'>) {
  return F.cast(this, dtype);
});
