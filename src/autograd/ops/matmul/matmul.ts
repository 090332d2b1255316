/** Matrix products. matmul: c = a b; addmm: beta * input + alpha * a b; linear: y = activation(x wᵀ + bias). */
import { ShapeError } from '../../../device/errors.js';
import { binary } from '../../../kernels/elementwise/binary.js';
import { cast, type FloatType } from '../../../kernels/elementwise/cast.js';
import { matmul as matmulKernel } from '../../../kernels/matmul/matmul.js';
import type { FusedActivation } from '../../../kernels/matmul/product.js';
import { reduce, sumTo } from '../../../kernels/reduce/reduce.js';
import { unaryBackward } from '../../../kernels/elementwise/unary.js';
import { formatShape, sameShape, sizeOf, type Shape } from '../../../tensor/shape.js';
import { constant } from '../../../tensor/creation.js';
import { empty, view, type Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';
import { gelu } from '../elementwise/activations.js';
import { reshape } from '../movement/movement.js';

/** Options of `matmul`. */
export interface MatmulArgs {
  /** a is stored (…, K, M). */
  readonly transposeA?: boolean;
  /** b is stored (…, N, K). */
  readonly transposeB?: boolean;
}

interface Saved {
  readonly a: Tensor;
  readonly b: Tensor;
}

const matmulOp = defineOp<MatmulArgs, Saved>({
  name: 'matmul',
  precision: { half: 2 },
  forward: ([a, b], args) => ({ output: matmulKernel(a, b, args), saved: { a, b } }),
  backward: (dc, { a, b }, args, needs, into) => [
    needs[0] ? gradientA(dc, a, b, args, into[0]) : null,
    needs[1] ? gradientB(dc, a, b, args, into[1]) : null,
  ],
});

// With A = op(a), B = op(b), C = A B:  dA = dC Bᵀ, dB = Aᵀ dC; for a transposed operand the transpose of that. An
// operand that was repeated over batch dimensions gets the sum over them; one that was not may get its gradient right
// where it is kept.
const itemsOf = (x: Tensor): number => sizeOf(x.shape.slice(0, -2));

function gradientA(
  dc: Tensor,
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: MatmulArgs,
  target?: Tensor | null,
): Tensor {
  const dtype = storedLike(a);
  const into = itemsOf(a) === itemsOf(dc) && a.rank === dc.rank ? target : null;
  return summed(
    transposeA
      ? matmulKernel(b, dc, { transposeA: transposeB, transposeB: true, into, dtype })
      : matmulKernel(dc, b, { transposeB: !transposeB, into, dtype }),
    a.shape,
  );
}

function gradientB(
  dc: Tensor,
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: MatmulArgs,
  target?: Tensor | null,
): Tensor {
  // One b for all of a's rows: the sum over the batch is part of one product.
  const flat = !transposeA && itemsOf(b) === 1 && itemsOf(a) === itemsOf(dc);
  const [x, d] = flat ? [a, dc].map((t) => view(t, [sizeOf(t.shape.slice(0, -1)), t.shape[t.rank - 1]])) : [a, dc];
  const dtype = storedLike(b);
  const into = flat || (itemsOf(b) === itemsOf(dc) && b.rank === dc.rank) ? target : null;
  const db = transposeB
    ? matmulKernel(d, x, { transposeA: true, transposeB: transposeA, into, dtype })
    : matmulKernel(x, d, { transposeA: !transposeA, into, dtype });
  if (!flat) return summed(db, b.shape);
  return db === into ? db : view(db, b.shape);
}

/** The type of x: what its gradient has too. */
const storedLike = (x: Tensor): FloatType => x.dtype as FloatType;

/** As sumTo, which computes from f32. */
function summed(d: Tensor, shape: Shape): Tensor {
  return sameShape(d.shape, shape) ? d : cast(sumTo(cast(d, 'f32'), shape), storedLike(d));
}

/**
 * (…, M, K) times (…, K, N), batch dimensions broadcasting. A vector a (K) is a row and a vector b (K) a column, whose
 * dimension of 1 is taken out of the result; vectors are not transposed.
 * @throws ShapeError when inner sizes differ or batch sizes do not broadcast.
 */
export function matmul(a: Tensor, b: Tensor, { transposeA = false, transposeB = false }: MatmulArgs = {}): Tensor {
  const [row, column] = [a.rank === 1, b.rank === 1];
  const operands = [row ? reshape(a, [1, -1]) : a, column ? reshape(b, [-1, 1]) : b];
  const c = apply(matmulOp, operands, { transposeA: transposeA && !row, transposeB: transposeB && !column });
  if (!row && !column) return c;
  const matrix = [...(row ? [] : [c.shape[c.rank - 2]]), ...(column ? [] : [c.shape[c.rank - 1]])];
  return reshape(c, [...c.shape.slice(0, -2), ...matrix]);
}

/** Options of `addmm`. */
export interface AddmmOptions {
  readonly beta?: number;
  readonly alpha?: number;
}

const scaled = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : binary('mul', x, constant(x.device, factor)));

const addmmOp = defineOp<Required<AddmmOptions>, { a: Tensor; b: Tensor; input: Tensor }>({
  name: 'addmm',
  forward: ([input, a, b], { beta, alpha }) => {
    const saved = { a, b, input };
    if (alpha === 1 && beta === 1 && input.rank === 1 && input.size === b.shape[1])
      return { output: matmulKernel(a, b, { bias: input }), saved };
    const product = scaled(matmulKernel(a, b), alpha);
    // with beta 0, NaN in input does not count
    return { output: beta === 0 ? product : binary('add', scaled(input, beta), product), saved };
  },
  backward: (dc, { a, b, input }, { beta, alpha }, needs, into) => {
    const d = needs[1] || needs[2] ? scaled(dc, alpha) : dc;
    return [
      needs[0] ? sumTo(scaled(dc, beta), input.shape) : null,
      needs[1] ? gradientA(d, a, b, {}, into[1]) : null,
      needs[2] ? gradientB(d, a, b, {}, into[2]) : null,
    ];
  },
});

/**
 * beta * input + alpha * a b. a (M, K), b (K, N), input broadcasts to (M, N). A row of N that is added as it is costs
 * nothing.
 * @throws ShapeError when shapes do not fit.
 */
export function addmm(input: Tensor, a: Tensor, b: Tensor, { beta = 1, alpha = 1 }: AddmmOptions = {}): Tensor {
  const shapes = `input ${formatShape(input.shape)}, a ${formatShape(a.shape)}, b ${formatShape(b.shape)}`;
  if (a.rank !== 2 || b.rank !== 2 || a.shape[1] !== b.shape[0])
    throw new ShapeError(`[addmm] ${shapes}: a and b are no matrices (M, K) and (K, N)`);
  const shape = [a.shape[0], b.shape[1]];
  const fits = input.rank <= 2 && input.shape.every((n, i) => n === 1 || n === shape[i + 2 - input.rank]);
  if (!fits) throw new ShapeError(`[addmm] ${shapes}: input does not broadcast to ${formatShape(shape)}`);
  return apply(addmmOp, [input, a, b], { beta, alpha });
}

const linearOp = defineOp<FusedActivation | null, { x: Tensor; w: Tensor; y: Tensor }>({
  name: 'linear',
  precision: { half: 1 },
  forward: ([x, w, bias], activation) => {
    const y = matmulKernel(x, w, { transposeB: true, bias: bias ?? null, activation });
    return { output: y, saved: { x, w, y } };
  },
  backward: (dy, { x, w, y }, activation, needs, into) => {
    const d = activation === null ? dy : unaryBackward(activation, y, dy, [0, 0]);
    // dw = dᵀ x reads all of d, and sums its columns on the way.
    const fuses = needs[1] && needs[2];
    const db = fuses
      ? (into[2] ?? empty(d.device, [w.shape[0]]))
      : needs[2]
        ? view(reduce('sum', cast(d, 'f32'), [0]), [w.shape[0]])
        : null;
    const dw = needs[1]
      ? matmulKernel(d, x, { transposeA: true, rowSums: fuses ? db : null, into: into[1], dtype: storedLike(w) })
      : null;
    return [needs[0] ? matmulKernel(d, w, { dtype: storedLike(x) }) : null, dw, db];
  },
});

/** What `linear` computes in the same kernel. */
export interface LinearOptions {
  /** Applied to the result in the same kernel; gelu, whose gradient needs what went in, in one of its own. */
  readonly activation?: FusedActivation | 'gelu';
}

/** x (…, I), w (O, I), bias (O) -> (…, O). Weights as torch.nn.Linear keeps them. */
export function linear(x: Tensor, w: Tensor, bias?: Tensor | null, { activation }: LinearOptions = {}): Tensor {
  const I = x.shape.at(-1);
  if (w.rank !== 2 || w.shape[1] !== I) {
    throw new ShapeError(
      `[linear] x ${formatShape(x.shape)} has ${I ?? 'no'} features but w ${formatShape(w.shape)} expects ` +
        `${w.shape[1]}`,
    );
  }
  if (bias && (bias.rank !== 1 || bias.size !== w.shape[0]))
    throw new ShapeError(
      `[linear] bias ${formatShape(bias.shape)} does not fit w ${formatShape(w.shape)}: expected (${w.shape[0]},)`,
    );
  const flat = x.rank === 2 ? x : reshape(x, [sizeOf(x.shape.slice(0, -1)), I]);
  const y = apply(linearOp, bias ? [flat, w, bias] : [flat, w], activation === 'gelu' ? null : (activation ?? null));
  const z = activation === 'gelu' ? gelu(y) : y;
  return x.rank === 2 ? z : reshape(z, [...x.shape.slice(0, -1), w.shape[0]]);
}
