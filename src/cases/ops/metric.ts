/** Cases of vectors of length 1, cosines, ArcFace and the supervised contrastive loss: all composed of other ops. */
import {
  arcFaceMargin,
  cosineSimilarity,
  crossEntropy,
  mul,
  normalize,
  supervisedContrastive,
  type ArcFaceOptions,
  type SupervisedContrastiveOptions,
} from '../../autograd/ops/index.js';
import { crossEntropy as crossEntropyReference } from '../../kernels/loss/cross_entropy_reference.js';
import { hostTensor, type HostTensor } from '../../kernels/launch/host_tensor.js';
import { defineSpec, type InputSpec, type OpSpec } from '../spec.js';

const labels = (classes: (shapes: readonly (readonly number[])[], args: unknown) => number): InputSpec => ({
  name: 'label',
  domain: (shapes, args) => ({ low: 0, high: classes(shapes, args), integers: true }),
  dtype: 'u32',
});

/** The rows of x (N, D), each divided by its length. */
function unitRows({ shape: [N, D], data }: HostTensor): number[][] {
  return Array.from({ length: N }, (_, n) => {
    const row = [...data.subarray(n * D, (n + 1) * D)];
    const length = Math.max(1e-12, Math.sqrt(dot(row, row)));
    return row.map((v) => v / length);
  });
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i], 0);

function transposed({ shape: [N, D], data }: HostTensor): HostTensor {
  return hostTensor(
    [D, N],
    Float64Array.from({ length: N * D }, (_, i) => data[(i % N) * D + Math.floor(i / N)]),
  );
}

const normalizeSpec = defineSpec<{ readonly dim?: number }>({
  op: 'normalize',
  composed: true,
  inputs: [{ name: 'x', domain: { low: -3, high: 3 } }],
  gpu: ([x], { dim }) => normalize(x, dim),
  cpu: ([x], { dim = -1 }) => {
    const rows = (of: HostTensor): HostTensor => hostTensor(of.shape, unitRows(of).flat());
    return dim === 0 ? transposed(rows(transposed(x))) : rows(x);
  },
  cases: [
    { shapes: [[1, 1]], args: {} },
    { shapes: [[65, 7]], args: {} },
    { shapes: [[7, 65]], args: { dim: 0 } },
  ],
});

const cosineSpec = defineSpec<object>({
  op: 'cosine_similarity',
  composed: true,
  inputs: [
    { name: 'x', domain: { low: -2, high: 2 } },
    { name: 'w', domain: { low: -2, high: 2 } },
  ],
  gpu: ([x, w]) => cosineSimilarity(x, w),
  cpu: ([x, w]) =>
    hostTensor(
      [x.shape[0], w.shape[0]],
      unitRows(x).flatMap((a) => unitRows(w).map((b) => dot(a, b))),
    ),
  cases: [
    {
      shapes: [
        [1, 3],
        [1, 3],
      ],
      args: {},
    },
    {
      shapes: [
        [33, 17],
        [65, 17],
      ],
      args: {},
    },
  ],
});

const arcFaceSpec = defineSpec<ArcFaceOptions>({
  op: 'arc_face',
  composed: true,
  inputs: [
    { name: 'x', domain: { low: -2, high: 2 } },
    { name: 'w', domain: { low: -2, high: 2 } },
    labels(([, [C]]) => C),
  ],
  gpu: ([x, w, label], args) =>
    crossEntropy(arcFaceMargin(mul(cosineSimilarity(x, w), args.scale), label, args), label, { reduction: 'none' }),
  cpu: ([x, w, label], { margin, scale }) => {
    const z = unitRows(x).flatMap((a, n) =>
      unitRows(w).map((b, c) => {
        const cosine = dot(a, b);
        if (c !== label.data[n]) return scale * cosine;
        return (
          scale *
          (Math.acos(cosine) + margin < Math.PI
            ? Math.cos(Math.acos(cosine) + margin)
            : cosine - margin * Math.sin(margin))
        );
      }),
    );
    return crossEntropyReference('cross_entropy', hostTensor([x.shape[0], w.shape[0]], z), label, null).loss;
  },
  cases: [
    { shapes: [[2, 3], [2, 3], [2]], args: { margin: 0.5, scale: 8 } },
    { shapes: [[33, 17], [10, 17], [33]], args: { margin: 0.5, scale: 30 } },
    { shapes: [[5, 8], [131, 8], [5]], args: { margin: 0.2, scale: 64 } },
  ],
});

interface ContrastiveArgs extends SupervisedContrastiveOptions {
  readonly classes: number;
}

const contrastiveSpec = defineSpec<ContrastiveArgs>({
  op: 'supervised_contrastive',
  composed: true,
  inputs: [{ name: 'x', domain: { low: -2, high: 2 } }, labels((_, args) => (args as ContrastiveArgs).classes)],
  gpu: ([x, label], { classes, ...options }) => supervisedContrastive(x, label, classes, options),
  cpu: ([x, label], { temperature = 0.1, reduction = 'mean' }) => {
    const z = unitRows(x);
    const losses = z.map((anchor, i) => {
      const others = z.flatMap((row, a) =>
        a === i ? [] : [{ similarity: dot(anchor, row) / temperature, isPositive: label.data[a] === label.data[i] }],
      );
      const total = Math.log(others.reduce((sum, { similarity }) => sum + Math.exp(similarity), 0));
      const terms = others.flatMap(({ similarity, isPositive }) => (isPositive ? [total - similarity] : []));
      return terms.length === 0 ? 0 : terms.reduce((sum, v) => sum + v, 0) / terms.length;
    });
    if (reduction === 'none') return hostTensor([losses.length], losses);
    const all = losses.reduce((sum, v) => sum + v, 0);
    return hostTensor([], [reduction === 'mean' ? all / losses.length : all]);
  },
  cases: [
    { shapes: [[1, 3], [1]], args: { classes: 2 }, forwardOnly: true },
    { shapes: [[17, 5], [17]], args: { classes: 3 } },
    { shapes: [[33, 8], [33]], args: { classes: 20, temperature: 0.5, reduction: 'none' } },
    { shapes: [[8, 8], [8]], args: { classes: 1, reduction: 'sum' } },
  ],
});

export const metricSpecs: readonly OpSpec[] = [normalizeSpec, cosineSpec, arcFaceSpec, contrastiveSpec];
