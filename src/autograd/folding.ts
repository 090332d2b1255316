/**
 * Convolutions in evaluation do what is done after them. Any network gets it, its author need do nothing: the pairs are
 * found while it runs. A convolution waits until its output is asked for.
 *
 * Is it a batch norm with constant statistics that asks, it is folded into the weights (see
 * kernels/norm/fold_batch_norm.ts), and the convolution goes on waiting: it will do in its own kernel what the norm's
 * would, add the residual and rectify. The outputs differ from those of two ops by rounding.
 *
 * Is it `cat` along the channels, and all that it joins waits, each writes its channels of the result. Anything else is
 * given what the convolution makes by itself.
 */
import { empty, type Tensor } from '../tensor/tensor.js';
import { canJoin, conv2dGeometry, joinedConv2d, type Conv2dOptions } from '../kernels/conv2d/conv2d.js';
import { foldBatchNorm_, type ConstantNorm, type FoldedParameters } from '../kernels/norm/fold_batch_norm.js';
import type { BatchNormArgs, Conv2dArgs } from './ops/args.js';
import { conv2d } from './ops/conv2d/conv2d.js';
import { noGrad, withOpRule } from './graph.js';

/** A convolution that has not run, as the op was called. */
interface Waiting {
  readonly inputs: readonly Tensor[];
  readonly args: Conv2dArgs;
  /** What it makes, once that was asked for. */
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
    const convs = inputs.map((t) => waiting.get(t));
    const given = (first: number): Tensor[] => inputs.slice(first).map((t) => itself(t, waiting));
    if (op === 'batch_norm' && convs[0] !== undefined) {
      const folded = this.#folded(convs[0], given(1), args as BatchNormArgs);
      if (folded !== null) return wait(waiting, folded);
    }
    if (op === 'cat' && args === 1 && convs.every((conv) => conv !== undefined)) {
      const joined = joinAll(convs);
      if (joined !== null) return joined;
    }
    if (op !== 'conv2d') return given(0);
    return wait(waiting, { inputs: given(0), args: args as Conv2dArgs, made: null });
  }

  /** A convolution with the norm of its output; null when it is none that can be folded. */
  #folded(
    { inputs: [x, w, bias], args: { options, hasBias, hasResidual } }: Waiting,
    [weight, shift, ...residual]: readonly Tensor[],
    { training, running, eps, activation }: BatchNormArgs,
  ): Waiting | null {
    // what the convolution adds or does itself comes before the norm
    if (training || running === null || hasResidual || (options.activation ?? null) !== null) return null;
    const constants = { mean: running.mean, variance: running.variance, weight, bias: shift, eps };
    const folded = this.#foldOf(w, hasBias ? bias : null, constants);
    if (folded === null) return null;
    return {
      inputs: [x, folded.w, folded.b, ...residual],
      args: { options: { ...options, activation }, hasBias: true, hasResidual: residual.length > 0 },
      made: null,
    };
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

/** A name for the output of a convolution that has not run: using its memory is an error. */
function wait(waiting: Map<Tensor, Waiting>, conv: Waiting): Tensor {
  const [x, w] = conv.inputs;
  const g = conv2dGeometry(x.shape, w.shape, conv.args.options);
  const y = empty(x.device, [g.N, g.O, g.oH, g.oW], x.dtype);
  y.release();
  waiting.set(y, conv);
  return y;
}

/** x, w, and what else a convolution is given. */
function partsOf({ inputs, args: { options, hasBias, hasResidual } }: Waiting): {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly bias: Tensor | null;
  readonly residual: Tensor | null;
  readonly options: Conv2dOptions;
} {
  const [x, w, ...more] = inputs;
  const residual = hasResidual ? more[hasBias ? 1 : 0] : null;
  return { x, w, bias: hasBias ? more[0] : null, residual, options };
}

/** A tensor; what a waiting convolution makes by itself. */
function itself(t: Tensor, waiting: ReadonlyMap<Tensor, Waiting>): Tensor {
  const conv = waiting.get(t);
  if (conv === undefined) return t;
  const { x, w, bias, residual, options } = partsOf(conv);
  return (conv.made ??= withOpRule(null, () => conv2d(x, w, bias, { ...options, residual })));
}

/**
 * The outputs of convolutions side by side; null where one of them is there already, or they cannot be joined. One that
 * is asked for by itself later runs once more.
 */
function joinAll(convs: readonly Waiting[]): Tensor | null {
  const parts = convs.map(partsOf);
  const isPlain = convs.every((conv, i) => conv.made === null && parts[i].residual === null);
  return isPlain && canJoin(parts) ? joinedConv2d(parts) : null;
}

/** A result in which nothing waits. */
function whole<T>(result: T, waiting: ReadonlyMap<Tensor, Waiting>): T {
  if (Array.isArray(result)) return result.map((item: unknown) => whole(item, waiting)) as T;
  if (waiting.has(result as Tensor)) return itself(result as Tensor, waiting) as T;
  if (typeof result !== 'object' || result === null || Object.getPrototypeOf(result) !== Object.prototype)
    return result;
  return Object.fromEntries(Object.entries(result).map(([key, item]) => [key, whole<unknown>(item, waiting)])) as T;
}
