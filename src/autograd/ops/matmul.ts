/** Matrix products. matmul: c = a b; linear: y = x wᵀ + bias, weights as torch.nn.Linear keeps them, (out, in). */
import { ShapeError } from '../../device/errors.js';
import { matmul as matmulKernel } from '../../kernels/matmul.js';
import { reduce } from '../../kernels/reduce.js';
import { formatShape } from '../../tensor/shape.js';
import { view, type Tensor } from '../../tensor/tensor.js';
import { apply, defineOp } from '../graph.js';
import { reshape } from './movement.js';

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
  forward: ([a, b], args) => ({ output: matmulKernel(a, b, args), saved: { a, b } }),
  // With A = op(a), B = op(b), C = A B:  dA = dC Bᵀ, dB = Aᵀ dC; for a transposed operand the transpose of that.
  backward: (dc, { a, b }, { transposeA = false, transposeB = false }, needs) => {
    const da = (): Tensor =>
      transposeA ? matmulKernel(b, dc, { transposeA: transposeB, transposeB: true }) : matmulKernel(dc, b, { transposeB: !transposeB });
    const db = (): Tensor =>
      transposeB ? matmulKernel(dc, a, { transposeA: true, transposeB: transposeA }) : matmulKernel(a, dc, { transposeA: !transposeA });
    return [needs[0] ? sumBatch(da(), a) : null, needs[1] ? sumBatch(db(), b) : null];
  },
});

/** The gradient of a matrix that was used for the whole batch is the sum over the batch. */
function sumBatch(d: Tensor, operand: Tensor): Tensor {
  if (d.rank === operand.rank) return d;
  const extra = d.rank - operand.rank;
  return view(reduce('sum', d, Array.from({ length: extra }, (_, i) => i)), operand.shape);
}

/** (…, M, K) times (…, K, N); an operand without batch dimensions is used for the whole batch. */
export function matmul(a: Tensor, b: Tensor, args: MatmulArgs = {}): Tensor {
  return apply(matmulOp, [a, b], args);
}

const linearOp = defineOp<null, { x: Tensor; w: Tensor }>({
  name: 'linear',
  forward: ([x, w, bias]) => ({ output: matmulKernel(x, w, { transposeB: true, bias: bias ?? null }), saved: { x, w } }),
  backward: (dy, { x, w }, _, needs) => [
    needs[0] ? matmulKernel(dy, w) : null,
    needs[1] ? matmulKernel(dy, x, { transposeA: true }) : null,
    needs[2] ? view(reduce('sum', dy, [0]), [w.shape[0]]) : null,
  ],
});

/** x (…, I), w (O, I), bias (O) -> (…, O). */
export function linear(x: Tensor, w: Tensor, bias?: Tensor | null): Tensor {
  const I = x.shape.at(-1);
  if (w.rank !== 2 || w.shape[1] !== I) {
    throw new ShapeError(`[linear] x ${formatShape(x.shape)} has ${I ?? 'no'} features but w ${formatShape(w.shape)} expects ${w.shape[1]}`);
  }
  if (bias && (bias.rank !== 1 || bias.size !== w.shape[0])) throw new ShapeError(`[linear] bias ${formatShape(bias.shape)} does not fit w ${formatShape(w.shape)}: expected (${w.shape[0]},)`);
  const flat = x.rank === 2 ? x : reshape(x, [-1, I]);
  const y = apply(linearOp, bias ? [flat, w, bias] : [flat, w], null);
  return x.rank === 2 ? y : reshape(y, [...x.shape.slice(0, -1), w.shape[0]]);
}
