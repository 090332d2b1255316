/**
 * Batch norm folded into the convolution before it, in evaluation (see kernels/norm/fold_batch_norm.ts). Any network
 * gets it, its author need do nothing: the pairs are found while it runs. A convolution waits until its output is
 * asked for. Is it a batch norm with constant statistics that asks, the convolution runs with the folded weights, and
 * does in its own kernel what the norm's would do after it: add the residual and rectify. Anything else is given what
 * the convolution makes by itself. The outputs differ from those of two ops by rounding.
 */
import { empty, type Tensor } from '../tensor/tensor.js';
import { conv2dGeometry } from '../kernels/conv2d/conv2d.js';
import { foldBatchNorm_, type ConstantNorm, type FoldedParameters } from '../kernels/norm/fold_batch_norm.js';
import type { BatchNormArgs, Conv2dArgs } from './ops/args.js';
import { conv2d } from './ops/conv2d/conv2d.js';
import { noGrad, withOpRule } from './graph.js';

/** A convolution that has not run. */
interface Waiting {
  readonly inputs: readonly Tensor[];
  readonly args: Conv2dArgs;
  /** What it makes by itself, once that was asked for. */
  made: Tensor | null;
}

interface Fold {
  readonly w: Tensor;
  readonly convBias: Tensor | null;
  readonly norm: ConstantNorm;
  readonly folded: FoldedParameters;
}

/** The folded weights of a network: apart from its parameters, made once, in memory that stays. */
export class FoldedNorms {
  readonly #folds = new Map<Tensor, Fold[]>(); // by w
  #isOff = false;

  /** How many pairs of convolution and norm there are. */
  get count(): number {
    return [...this.#folds.values()].flat().length;
  }

  /**
   * Runs a network's forward without recording for backward. It must do nothing but compute: if it takes an output in
   * a way that no op sees (by a kernel of its own, say), it is run once more, and from then on as it is.
   */
  run<T>(forward: () => T): T {
    if (this.#isOff) return noGrad(forward);
    const waiting = new Map<Tensor, Waiting>();
    try {
      return withOpRule(
        (op, inputs, args) => this.#rule(waiting, op, inputs, args),
        () => whole(forward(), waiting),
      );
    } catch (error) {
      if (waiting.size === 0) throw error;
      const result = noGrad(forward); // fails too where the fault is its own
      this.#isOff = true;
      return result;
    }
  }

  /** To be called when the network's weights have changed: folds them anew, into the same memory. */
  refresh(): void {
    for (const { w, convBias, norm, folded } of [...this.#folds.values()].flat())
      w.device.aside(() => foldBatchNorm_(folded, w, convBias, norm));
  }

  /** Gives the folded weights' memory back. */
  release(): void {
    for (const { folded } of [...this.#folds.values()].flat()) for (const t of [folded.w, folded.b]) t.release();
    this.#folds.clear();
  }

  #rule(
    waiting: Map<Tensor, Waiting>,
    op: string,
    inputs: readonly Tensor[],
    args: unknown,
  ): Tensor | readonly Tensor[] {
    const conv = op === 'batch_norm' ? waiting.get(inputs[0]) : undefined;
    if (conv !== undefined) {
      const y = this.#folded(
        conv,
        inputs.map((t, i) => (i === 0 ? t : itself(t, waiting))),
        args as BatchNormArgs,
      );
      if (y !== null) return y;
    }
    const given = inputs.map((t) => itself(t, waiting));
    if (op !== 'conv2d' || !canWait(args as Conv2dArgs)) return given;
    const [x, w] = given;
    const g = conv2dGeometry(x.shape, w.shape, (args as Conv2dArgs).options);
    const y = empty(x.device, [g.N, g.O, g.oH, g.oW], x.dtype);
    y.release(); // a name for what is not made yet: using its memory is an error
    waiting.set(y, { inputs: given, args: args as Conv2dArgs, made: null });
    return y;
  }

  /** What the norm makes of a convolution's output; null when it is none that can be folded. */
  #folded(
    { inputs: [x, w, bias], args }: Waiting,
    norm: readonly Tensor[],
    { training, running, eps, activation }: BatchNormArgs,
  ): Tensor | null {
    const [, weight, shift, residual] = norm;
    if (training || running === null) return null;
    const constants = { mean: running.mean, variance: running.variance, weight, bias: shift, eps };
    const folded = this.#foldOf(w, args.hasBias ? bias : null, constants);
    if (folded === null) return null;
    const options = { ...args.options, activation, residual: residual ?? null };
    return withOpRule(null, () => conv2d(x, folded.w, folded.b, options));
  }

  /** Made at the first time; null unless all of it is memory that stays, as parameters and running statistics do. */
  #foldOf(w: Tensor, convBias: Tensor | null, norm: ConstantNorm): FoldedParameters | null {
    const { mean, variance, weight, bias, eps } = norm;
    const own = this.#folds.get(w) ?? [];
    const known = own.find(
      (f) =>
        f.convBias === convBias &&
        f.norm.mean === mean &&
        f.norm.variance === variance &&
        f.norm.weight === weight &&
        f.norm.bias === bias &&
        f.norm.eps === eps,
    );
    if (known !== undefined) return known.folded;
    const parts = [w, mean, variance, weight, bias, ...(convBias === null ? [] : [convBias])];
    if (!parts.every((t) => t.home.storage.isKept && t.dtype === 'f32')) return null;
    const folded = w.device.aside(() => {
      const made = { w: empty(w.device, w.shape, 'f32', w.layout), b: empty(w.device, [w.shape[0]]) };
      for (const t of [made.w, made.b]) w.device.keep(t.home.storage);
      foldBatchNorm_(made, w, convBias, norm);
      return made;
    });
    this.#folds.set(w, [...own, { w, convBias, norm, folded }]);
    return folded;
  }
}

/** An activation of its own comes before the norm. */
function canWait({ options, hasResidual }: Conv2dArgs): boolean {
  return !hasResidual && (options.activation ?? null) === null;
}

/** A tensor; what a waiting convolution makes by itself. */
function itself(t: Tensor, waiting: ReadonlyMap<Tensor, Waiting>): Tensor {
  const conv = waiting.get(t);
  if (conv === undefined) return t;
  const { inputs, args } = conv;
  const [x, w, bias] = inputs;
  return (conv.made ??= withOpRule(null, () => conv2d(x, w, args.hasBias ? bias : null, args.options)));
}

/** A result in which nothing waits. */
function whole<T>(result: T, waiting: ReadonlyMap<Tensor, Waiting>): T {
  if (Array.isArray(result)) return result.map((item: unknown) => whole(item, waiting)) as T;
  if (waiting.has(result as Tensor)) return itself(result as Tensor, waiting) as T;
  if (typeof result !== 'object' || result === null || Object.getPrototypeOf(result) !== Object.prototype)
    return result;
  return Object.fromEntries(Object.entries(result).map(([key, item]) => [key, whole<unknown>(item, waiting)])) as T;
}
