/** Cases of the losses, each with its reductions. */
import {
  binaryCrossEntropyWithLabels,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  focalLoss,
  gaussianKl,
  l1Loss,
  linearCrossEntropy,
  mixedCrossEntropy,
  mseLoss,
  nllLoss,
  smoothL1Loss,
  type Reduction,
} from '../../autograd/ops/index.js';
import {
  crossEntropy as crossEntropyReference,
  type CrossEntropyArgs,
} from '../../kernels/loss/cross_entropy_reference.js';
import { binary } from '../../kernels/elementwise/reference.js';
import { hostTensor, type HostTensor } from '../../kernels/launch/host_tensor.js';
import { labelLoss } from '../../kernels/loss/label_losses_reference.js';
import type { LabelLossName } from '../../kernels/loss/label_losses.js';
import * as linearCrossEntropyReference from '../../kernels/loss/linear_cross_entropy_reference.js';
import type { LikelihoodName } from '../../kernels/loss/cross_entropy.js';
import { LOSSES } from '../../kernels/loss/loss_table.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineSpec, type InputSpec, type OpCase, type OpSpec } from '../spec.js';

interface LossArgs {
  readonly reduction?: Reduction;
}

const total = (x: HostTensor): number => x.data.reduce((s, v) => s + v, 0);

function reduced(loss: HostTensor, reduction: Reduction): HostTensor {
  if (reduction === 'none') return loss;
  return hostTensor([], [reduction === 'sum' ? total(loss) : total(loss) / loss.data.length]);
}

// ---- losses with labels -------------------------------------------------------------------------

type LikelihoodArgs = LossArgs & CrossEntropyArgs;

const LIKELIHOOD_CASES: readonly OpCase<LikelihoodArgs>[] = [
  { shapes: [[1, 1], [1]], args: {} },
  { shapes: [[65, 10], [65]], args: {}, selfCheck: true },
  { shapes: [[64, 3], [64]], args: { reduction: 'sum' } },
  { shapes: [[7, 131], [7]], args: { reduction: 'none' } },
  { shapes: [[65, 10], [65], [10]], args: { ignoreIndex: 3 } },
  { shapes: [[5, 7], [5], [7]], args: { reduction: 'none', ignoreIndex: 0 } },
  { shapes: [[3, 4, 5, 2], [3, 5, 2], [4]], args: {} },
];

const SMOOTH_CASES: readonly OpCase<LikelihoodArgs>[] = [
  { shapes: [[33, 10], [33]], args: { labelSmoothing: 0.1 } },
  { shapes: [[33, 10], [33], [10]], args: { labelSmoothing: 0.2, ignoreIndex: 1 } },
  { shapes: [[3, 4, 5], [3, 5], [4]], args: { labelSmoothing: 1, reduction: 'none' } },
];

const LABELLED: readonly InputSpec[] = [
  { name: 'x', domain: { low: -4, high: 4 } },
  { name: 'label', domain: ([[, C]]) => ({ low: 0, high: C, integers: true }), dtype: 'u32' },
  { name: 'weight', domain: { low: 0.2, high: 2 }, constant: true },
];

function likelihoodSpec(op: LikelihoodName): OpSpec {
  const gpu = op === 'cross_entropy' ? crossEntropy : nllLoss;
  return defineSpec<LikelihoodArgs>({
    op,
    inputs: LABELLED,
    gpu: ([x, label, weight], args) => gpu(x, label, weight ? { ...args, weight } : args),
    cpu: ([x, label, weight], { reduction = 'mean', ...args }) => {
      const { loss, counted } = crossEntropyReference(op, x, label, weight ?? null, args);
      return reduction === 'mean' ? hostTensor([], [total(loss) / total(counted)]) : reduced(loss, reduction);
    },
    bench: [
      {
        shapes: [[1024, 1000], [1024]],
        args: { reduction: 'mean' },
        ...(op === 'nll_loss' ? { bytes: 4 * (1024 * 2 + 1) } : {}),
      },
    ],
    cases: op === 'cross_entropy' ? [...LIKELIHOOD_CASES, ...SMOOTH_CASES] : LIKELIHOOD_CASES,
  });
}

interface LabelLossArgs extends LossArgs {
  readonly gamma?: number;
  readonly labelSmoothing?: number;
}

/** Both, told gamma or a smoothing. */
function labelLossSpec(op: LabelLossName): OpSpec {
  const isFocal = op === 'focal_loss';
  const gpu = isFocal ? focalLoss : binaryCrossEntropyWithLabels;
  const told = (gamma: number, labelSmoothing: number): LabelLossArgs => (isFocal ? { gamma } : { labelSmoothing });
  return defineSpec<LabelLossArgs>({
    op,
    inputs: LABELLED,
    gpu: ([x, label, weight], args) => gpu(x, label, weight ? { ...args, weight } : args),
    cpu: ([x, label, weight], { reduction = 'mean', gamma = 2, labelSmoothing = 0 }) => {
      const { loss, counted } = labelLoss(op, x, label, weight ?? null, isFocal ? gamma : labelSmoothing);
      return reduction === 'mean' ? hostTensor([], [total(loss) / total(counted)]) : reduced(loss, reduction);
    },
    bench: [{ shapes: [[1024, 1000], [1024]], args: {} }],
    cases: [
      { shapes: [[1, 1], [1]], args: {} },
      { shapes: [[65, 10], [65]], args: {}, selfCheck: true },
      { shapes: [[64, 3], [64]], args: { ...told(0, 0.1), reduction: 'sum' } },
      { shapes: [[7, 131], [7], [131]], args: { ...told(0.5, 0.3), reduction: 'none' } },
      { shapes: [[33, 10], [33], [10]], args: told(3, 1) },
      { shapes: [[3, 4, 5, 2], [3, 5, 2], [4]], args: {} },
    ],
  });
}

const mixedSpec = defineSpec<{ readonly labelSmoothing?: number }>({
  op: 'mixed_cross_entropy',
  composed: true,
  inputs: [
    { name: 'x', domain: { low: -4, high: 4 } },
    { name: 'label', domain: ([[, C]]) => ({ low: 0, high: C, integers: true }), dtype: 'u32' },
    { name: 'other', domain: ([[, C]]) => ({ low: 0, high: C, integers: true }), dtype: 'u32' },
    { name: 'share', domain: { low: 0.5, high: 1 }, constant: true },
  ],
  gpu: ([x, label, other, share], args) => mixedCrossEntropy(x, label, other, share, args),
  cpu: ([x, label, other, share], args) => {
    const [own, mixed] = [label, other].map((l) => crossEntropyReference('cross_entropy', x, l, null, args).loss.data);
    return hostTensor(
      share.shape,
      share.data.map((s, n) => s * own[n] + (1 - s) * mixed[n]),
    );
  },
  cases: [
    { shapes: [[1, 3], [1], [1], [1]], args: {} },
    { shapes: [[65, 10], [65], [65], [65]], args: { labelSmoothing: 0.1 } },
  ],
});

interface FusedArgs extends LossArgs {
  readonly labelSmoothing?: number;
  readonly windowElements?: number;
}

/** One class, one window, several with a last one of a few classes, of all rows; without a bias. */
const fusedSpec = defineSpec<FusedArgs>({
  op: 'linear_cross_entropy',
  inputs: [
    { name: 'x', domain: { low: -1, high: 1 } },
    { name: 'w', domain: { low: -1, high: 1 } },
    { name: 'label', domain: ([, [C]]) => ({ low: 0, high: C, integers: true }), dtype: 'u32' },
    { name: 'bias', domain: { low: -1, high: 1 } },
  ],
  gpu: ([x, w, label, bias], args) => linearCrossEntropy(x, w, bias ?? null, label, args),
  cpu: ([x, w, label, bias], { reduction = 'mean', labelSmoothing }) =>
    reduced(linearCrossEntropyReference.linearCrossEntropy(x, w, bias ?? null, label, { labelSmoothing }), reduction),
  bench: [{ shapes: [[64, 256], [4096, 256], [64]], args: {}, flops: 2 * 64 * 256 * 4096 }],
  cases: [
    { shapes: [[1, 1], [1, 1], [1], [1]], args: {} },
    { shapes: [[5, 7], [131, 7], [5], [131]], args: { reduction: 'none' } },
    { shapes: [[5, 7], [131, 7], [5], [131]], args: { reduction: 'none', windowElements: 5 * 64 } },
    { shapes: [[33, 16], [200, 16], [33]], args: { windowElements: 1 } },
    { shapes: [[9, 12], [192, 12], [9], [192]], args: { labelSmoothing: 0.1, windowElements: 9 * 128 } },
    { shapes: [[17, 8], [70, 8], [17], [70]], args: { labelSmoothing: 0.3, reduction: 'sum' } },
  ],
});

// ---- losses by element --------------------------------------------------------------------------

type LossName = keyof typeof LOSSES;
interface ElementArgs extends LossArgs {
  readonly beta?: number;
}

const SAME = [
  [[1], [1]],
  [[257], [257]],
  [
    [31, 33],
    [31, 33],
  ],
];
const BROADCAST = [
  [
    [7, 1, 5],
    [3, 1],
  ],
  [[], [17]],
];

const GPU: Record<
  Exclude<LossName, 'binary_cross_entropy_with_logits'>,
  (a: Tensor, b: Tensor, args: ElementArgs) => Tensor
> = {
  mse_loss: mseLoss,
  l1_loss: l1Loss,
  smooth_l1_loss: smoothL1Loss,
  gaussian_kl: gaussianKl,
};

/** a and b of a loss with a kink where they are equal are kept apart by their domains or are spread out. */
const INPUTS: Record<keyof typeof GPU, readonly InputSpec[]> = {
  mse_loss: [
    { name: 'x', domain: { low: -3, high: 3 } },
    { name: 'target', domain: { low: -3, high: 3 } },
  ],
  l1_loss: [
    { name: 'x', domain: { low: -3, high: 3, distinct: true } },
    { name: 'target', domain: { low: -3.001, high: 3.002, distinct: true } },
  ],
  smooth_l1_loss: [
    { name: 'x', domain: { low: -3, high: 3 } },
    { name: 'target', domain: { low: -3, high: 3 } },
  ],
  gaussian_kl: [
    { name: 'mu', domain: { low: -3, high: 3 } },
    { name: 'logvar', domain: { low: -2, high: 2 } },
  ],
};

function elementSpec(op: keyof typeof GPU): OpSpec {
  const unreduced = op === 'gaussian_kl' ? 'sum' : 'mean';
  const cases: OpCase<ElementArgs>[] = [
    ...[...SAME, ...BROADCAST].map((shapes) => ({ shapes, args: { reduction: 'none' as const } })),
    { shapes: SAME[2], args: {} },
    { shapes: SAME[2], args: { reduction: op === 'gaussian_kl' ? 'mean' : 'sum' } },
  ];
  if (op === 'smooth_l1_loss')
    cases.push(
      { shapes: SAME[2], args: { beta: 0.5 } },
      { shapes: BROADCAST[0], args: { beta: 2, reduction: 'none' } },
    );
  return defineSpec<ElementArgs>({
    op,
    inputs: INPUTS[op],
    gpu: ([a, b], args) => GPU[op](a, b, args),
    cpu: ([a, b], { reduction = unreduced, beta = 1 }) =>
      reduced(binary(beta === 0 ? 'l1_loss' : op, a, b, beta), reduction),
    bench: [{ shapes: [[1 << 20], [1 << 20]], args: { reduction: 'none' } }],
    cases,
  });
}

/** Inputs after the first two: posWeight, then weight, as `with` lists them. */
interface BinaryArgs extends LossArgs {
  readonly with?: readonly ('posWeight' | 'weight')[];
}

const binaryCrossEntropySpec = defineSpec<BinaryArgs>({
  op: 'binary_cross_entropy_with_logits',
  inputs: [
    { name: 'x', domain: { low: -6, high: 6 } },
    { name: 'target', domain: { low: 0, high: 1 } },
    { name: 'weight', domain: { low: 0.2, high: 3 } },
  ],
  gpu: ([x, target, ...more], { with: names = [], reduction }) => {
    const options = Object.fromEntries(names.map((name, i) => [name, more[i]]));
    return binaryCrossEntropyWithLogits(x, target, reduction === undefined ? options : { ...options, reduction });
  },
  cpu: ([x, target, ...more], { with: names = [], reduction = 'mean' }) => {
    const factor = (name: 'posWeight' | 'weight'): HostTensor =>
      names.includes(name) ? more[names.indexOf(name)] : hostTensor([], [1]);
    // -log(sigmoid(x))
    const softplus = { shape: x.shape, data: x.data.map((v) => Math.max(-v, 0) + Math.log1p(Math.exp(-Math.abs(v)))) };
    const positive = binary('mul', binary('mul', target, softplus), factor('posWeight'));
    const negative = binary('mul', binary('sub', hostTensor([], [1]), target), binary('add', softplus, x));
    return reduced(binary('mul', binary('add', positive, negative), factor('weight')), reduction);
  },
  bench: [{ shapes: [[1 << 20], [1 << 20]], args: { reduction: 'none' } }],
  cases: [
    { shapes: [[1], [1]], args: {} },
    { shapes: [[257], [257]], args: { reduction: 'none' } },
    {
      shapes: [
        [31, 33],
        [31, 33],
      ],
      args: { reduction: 'sum' },
    },
    { shapes: [[5, 7], [5, 7], [7]], args: { with: ['posWeight'] } },
    { shapes: [[5, 7], [5, 7], [7], [5, 1]], args: { with: ['posWeight', 'weight'], reduction: 'none' } },
  ],
});

export const lossSpecs: readonly OpSpec[] = [
  likelihoodSpec('cross_entropy'),
  likelihoodSpec('nll_loss'),
  ...(['focal_loss', 'binary_cross_entropy_with_labels'] as const).map(labelLossSpec),
  mixedSpec,
  fusedSpec,
  ...(['mse_loss', 'l1_loss', 'smooth_l1_loss', 'gaussian_kl'] as const).map(elementSpec),
  binaryCrossEntropySpec,
];
