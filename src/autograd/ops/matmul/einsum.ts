/**
 * einsum, made of permute, reshape, matmul, mul and sum. Tensors are joined from left to right: two at a time, what
 * neither the result nor a later tensor names is summed.
 */
import { parseEinsum, type Labels } from '../../../kernels/matmul/einsum_equation.js';
import { sameShape, sizeOf } from '../../../tensor/shape.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { mul } from '../elementwise/elementwise.js';
import { matmul } from './matmul.js';
import { permute, reshape, slice } from '../movement/movement.js';
import { sum } from '../reduce/reduce.js';

/** A tensor and what its dimensions are called. */
interface Named {
  readonly x: Tensor;
  readonly labels: Labels;
}

/**
 * Sums of products by Einstein's convention, as torch.einsum: `einsum('bij,bjk->bik', a, b)`. Letters name dimensions,
 * `...` those that are left; a letter twice in one term takes the diagonal; a size of 1 repeats; without `->` the
 * result has the ellipsis, then the letters that occur once, in alphabetical order. Tensors are f32 and joined from
 * left to right, each pair by one product of matrices, so that the order of terms decides what is computed and kept.
 * @throws ShapeError when the equation is malformed, or shapes do not fit it.
 */
export function einsum(equation: string, ...tensors: readonly Tensor[]): Tensor {
  const { inputs, output, sizes } = parseEinsum(
    equation,
    tensors.map((t) => t.shape),
  );
  const terms = tensors.map((x, t) => withoutOnes(diagonal({ x, labels: inputs[t] }), sizes));
  let joined = terms[0];
  for (const [t, term] of terms.slice(1).entries()) {
    const wanted = new Set([...output, ...terms.slice(t + 2).flatMap((later) => later.labels)]);
    joined = join(joined, term, wanted);
  }
  const kept = summed(joined, new Set(output));
  const shape = output.map((label) => sizes.get(label) ?? 1);
  // A label that every tensor has with size 1 was left out on the way.
  const ordered = arranged(
    kept,
    output.filter((label) => kept.labels.includes(label)),
  );
  return sameShape(ordered.shape, shape) ? ordered : reshape(ordered, shape);
}

/** A label that is there twice, along the diagonal: entries n + 1 apart of the two dimensions as one. */
function diagonal({ x, labels }: Named): Named {
  const second = labels.findIndex((label, d) => labels.indexOf(label) !== d);
  if (second < 0) return { x, labels };
  const first = labels.indexOf(labels[second]);
  const others = labels.map((_, d) => d).filter((d) => d !== first && d !== second);
  const n = x.shape[first];
  const outer = others.map((d) => x.shape[d]);
  const flat = reshape(permute(x, [...others, first, second]), [sizeOf(outer), n * n]);
  const taken = reshape(slice(flat, 1, 0, n * n, n + 1), [...outer, n]);
  return diagonal({ x: taken, labels: [...others.map((d) => labels[d]), labels[second]] });
}

/** Without the dimensions of size 1: where another tensor has more of them, they repeat. */
function withoutOnes({ x, labels }: Named, sizes: ReadonlyMap<string, number>): Named {
  const stay = labels.filter((_, d) => x.shape[d] !== 1);
  if (stay.length === labels.length) return { x, labels };
  return {
    x: reshape(
      x,
      stay.map((label) => sizes.get(label) ?? 1),
    ),
    labels: stay,
  };
}

/** Summed over every label that is not wanted. */
function summed({ x, labels }: Named, wanted: ReadonlySet<string>): Named {
  const dim = labels.flatMap((label, d) => (wanted.has(label) ? [] : [d]));
  return dim.length === 0 ? { x, labels } : { x: sum(x, { dim }), labels: labels.filter((l) => wanted.has(l)) };
}

/** The tensor with its dimensions in this order. */
function arranged({ x, labels }: Named, order: Labels): Tensor {
  return isInOrder(labels, order)
    ? x
    : permute(
        x,
        order.map((label) => labels.indexOf(label)),
      );
}

/** Two tensors as one, summed over the labels that both have and nothing later wants. */
function join(a: Named, b: Named, wanted: ReadonlySet<string>): Named {
  const left = summed(a, new Set([...wanted, ...b.labels]));
  const right = summed(b, new Set([...wanted, ...a.labels]));
  const shared = left.labels.filter((label) => right.labels.includes(label));
  const batch = shared.filter((label) => wanted.has(label));
  const inner = shared.filter((label) => !wanted.has(label));
  const rows = left.labels.filter((label) => !shared.includes(label));
  const columns = right.labels.filter((label) => !shared.includes(label));
  const count = ({ x, labels }: Named, names: Labels): number => sizeOf(names.map((l) => x.shape[labels.indexOf(l)]));
  const [B, M, K, N] = [count(left, batch), count(left, rows), count(left, inner), count(right, columns)];
  const labels = [...batch, ...rows, ...columns];
  const shape = [...batch, ...rows]
    .map((l) => left.x.shape[left.labels.indexOf(l)])
    .concat(columns.map((l) => right.x.shape[right.labels.indexOf(l)]));
  if (inner.length === 0) {
    const product = mul(
      reshape(arranged(left, [...batch, ...rows]), [B, M, 1]),
      reshape(arranged(right, [...batch, ...columns]), [B, 1, N]),
    );
    return { x: reshape(product, shape), labels };
  }
  if (M * N === 1) {
    const product = mul(
      reshape(arranged(left, [...batch, ...inner]), [B, K]),
      reshape(arranged(right, [...batch, ...inner]), [B, K]),
    );
    return { x: reshape(sum(product, { dim: 1 }), shape), labels };
  }
  const [asA, asB] = [
    [...batch, ...rows, ...inner],
    [...batch, ...inner, ...columns],
  ];
  // Where a tensor lies transposed already, the product reads it so instead of a copy.
  const transposeA = !isInOrder(left.labels, asA) && isInOrder(left.labels, [...batch, ...inner, ...rows]);
  const transposeB = !isInOrder(right.labels, asB) && isInOrder(right.labels, [...batch, ...columns, ...inner]);
  const product = matmul(
    transposeA ? reshape(left.x, [B, K, M]) : reshape(arranged(left, asA), [B, M, K]),
    transposeB ? reshape(right.x, [B, N, K]) : reshape(arranged(right, asB), [B, K, N]),
    { transposeA, transposeB },
  );
  return { x: reshape(product, shape), labels };
}

const isInOrder = (labels: Labels, order: Labels): boolean => labels.every((label, d) => label === order[d]);
