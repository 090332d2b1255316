/** Cases of variance, standard deviation, logsumexp, norms, argmax and argmin. */
import { argmax, argmin, logsumexp, norm, std, variance, type ArgExtremeOptions } from '../../autograd/ops/index.js';
import { argExtreme } from '../../kernels/reduce/argmax_reference.js';
import { hostTensor, type HostTensor } from '../../kernels/launch/host_tensor.js';
import * as reference from '../../kernels/reduce/statistics_reference.js';
import { UNIT, type Domain } from '../draw.js';
import { defineSpec, type OpCase, type OpSpec } from '../spec.js';

interface DimArgs {
  readonly dim?: readonly number[];
  readonly keepdim?: boolean;
}
interface VarianceArgs extends DimArgs {
  readonly unbiased?: boolean;
}
interface NormArgs extends DimArgs {
  /** 'inf' in fixtures: JSON has no infinity. */
  readonly p: number | 'inf';
}

/** Dimensions counted from the front, all when none are given. */
const dimsOf = (x: HostTensor, { dim }: DimArgs): number[] =>
  (dim ?? x.shape.map((_, d) => d)).map((d) => (d < 0 ? d + x.shape.length : d));

function dropped(y: HostTensor, x: HostTensor, args: DimArgs): HostTensor {
  return args.keepdim
    ? y
    : hostTensor(
        x.shape.filter((_, d) => !dimsOf(x, args).includes(d)),
        y.data,
      );
}

/**
 * All; one dimension of each place; two that do not merge; a workgroup and a thread an output; an output split over
 * workgroups.
 */
function cases<A extends DimArgs>(args: A): OpCase<A>[] {
  return [
    { shapes: [[31]], args },
    { shapes: [[3, 257]], args: { ...args, dim: [-1] } },
    { shapes: [[257, 3]], args: { ...args, dim: [0], keepdim: true } },
    { shapes: [[5, 7, 3]], args: { ...args, dim: [0, 2] } },
    { shapes: [[4099, 3]], args: { ...args, dim: [1] } },
    { shapes: [[2, 33000]], args: { ...args, dim: [1] }, forwardOnly: true },
  ];
}

function varianceSpec(op: 'var' | 'std'): OpSpec {
  return defineSpec<VarianceArgs>({
    op,
    inputs: [{ name: 'x', domain: UNIT }],
    gpu: ([x], args) => (op === 'var' ? variance : std)(x, args),
    cpu: ([x], args) =>
      dropped((op === 'var' ? reference.variance : reference.std)(x, dimsOf(x, args), args.unbiased ?? true), x, args),
    bench: [{ shapes: [[1024, 1024]], args: { dim: [1] } }],
    cases: [
      ...cases<VarianceArgs>({}),
      { shapes: [[5, 7]], args: { dim: [1], unbiased: false } },
      { shapes: [[1]], args: { unbiased: false }, forwardOnly: true },
    ],
  });
}

const logsumexpSpec = defineSpec<DimArgs>({
  op: 'logsumexp',
  inputs: [{ name: 'x', domain: { low: -4, high: 4 } }],
  gpu: ([x], args) => logsumexp(x, args),
  cpu: ([x], args) => dropped(reference.logsumexp(x, dimsOf(x, args)), x, args),
  bench: [{ shapes: [[1024, 1024]], args: { dim: [1] } }],
  cases: [...cases<DimArgs>({}), { shapes: [[1]], args: {} }],
});

/** Away from 0, where norms have kinks; all different, so that only one is the largest. */
const AWAY: Domain = { low: -1, high: 1.0005, distinct: true };

const normSpec = defineSpec<NormArgs>({
  op: 'norm',
  inputs: [{ name: 'x', domain: AWAY }],
  gpu: ([x], { p, ...args }) => norm(x, p === 'inf' ? Infinity : p, args),
  cpu: ([x], { p, ...args }) => dropped(reference.norm(x, p === 'inf' ? Infinity : p, dimsOf(x, args)), x, args),
  bench: [{ shapes: [[1024, 1024]], args: { p: 2, dim: [1] } }],
  cases: ([1, 2, 'inf'] as const).flatMap((p) => [
    ...(p === 2 ? cases<NormArgs>({ p }) : cases<NormArgs>({ p }).slice(0, 4)),
    { shapes: [[1]], args: { p } },
  ]),
});

function argSpec(op: 'argmax' | 'argmin'): OpSpec {
  const shapes: [number[], ArgExtremeOptions][] = [
    [[1, 1], { dim: -1 }],
    [[65, 10], { dim: -1 }],
    [[3, 5, 7], { dim: 1 }],
    [[3, 5, 7], { dim: 0, keepdim: true }],
    [[3, 5, 7], {}],
    [[2, 3], { keepdim: true }],
    [[2, 257], { dim: -1 }], // a workgroup an output
    [[2, 1021, 3], { dim: 1 }],
    [[65, 67], {}],
    [[0, 3], { dim: -1 }],
    [[4], { dim: 0 }],
    [[], {}],
  ];
  return defineSpec<ArgExtremeOptions>({
    op,
    inputs: [{ name: 'x', domain: { low: 0, high: 4, integers: true } }], // ties: the first wins
    gpu: ([x], args) => (op === 'argmax' ? argmax : argmin)(x, args),
    cpu: ([x], { dim, keepdim = false }) => {
      if (dim === undefined)
        return hostTensor(
          keepdim ? x.shape.map(() => 1) : [],
          argExtreme(op, hostTensor([x.data.length], x.data), 0).data,
        );
      const d = dim < 0 ? dim + x.shape.length : dim;
      return dropped(argExtreme(op, x, d), x, { dim: [d], keepdim });
    },
    tolerance: 0,
    bench: [{ shapes: [[1024, 1000]], args: { dim: 1 } }],
    cases: shapes.map(([shape, args]) => ({ shapes: [shape], args })),
  });
}

export const statisticsSpecs: readonly OpSpec[] = [
  varianceSpec('var'),
  varianceSpec('std'),
  logsumexpSpec,
  normSpec,
  argSpec('argmax'),
  argSpec('argmin'),
];
