/** Cross entropy with several threads to a row, and with the mean in the same launch, against reference and member. */
import type { Device } from '../../src/device/device.js';
import {
  crossEntropy,
  crossEntropyMean,
  meanLossBackward,
  type LikelihoodName,
} from '../../src/kernels/loss/cross_entropy.js';
import { crossEntropy as reference } from '../../src/kernels/loss/cross_entropy_reference.js';
import { constant } from '../../src/tensor/creation.js';
import { empty } from '../../src/tensor/tensor.js';
import { expectClose } from '../../src/cases/close.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import type { KernelCheck } from './kernel_checks.js';

interface Case {
  readonly rows: number;
  readonly C: number;
  readonly name?: LikelihoodName;
  readonly isWeighted?: boolean;
  readonly labelSmoothing?: number;
  /** This class is ignored. */
  readonly ignoreIndex?: number;
}

async function check(device: Device, { rows, C, name = 'cross_entropy', isWeighted, ...more }: Case): Promise<void> {
  const x = drawTensor([rows, C], { low: -20, high: 20 }, rows);
  const label = drawTensor([rows], { low: 0, high: C - 1, integers: true }, C);
  const weight = isWeighted === true ? drawTensor([C], { low: 0.5, high: 2 }, 3) : null;
  const [logits, labels] = [upload(device, x), upload(device, label, 'u32')];
  const settings = { ...more, weight: weight && upload(device, weight) };
  const [got, other] = (['workgroup', 'naive'] as const).map((m) => crossEntropy(logits, labels, settings, name, m));
  const expected = reference(name, x, label, weight, more);
  const all = (v: ArrayLike<number>): number => Array.from(v).reduce((a, b) => a + b, 0);
  const losses = empty(device, [rows]);
  const joined = crossEntropyMean(logits, labels, { ...settings, losses }, name, true);
  const apart = crossEntropyMean(logits, labels, settings, name, false);
  const [one, dy] = [constant(device, 1), upload(device, drawTensor([], UNIT, 4))];
  const gradients = [joined, apart].map(({ p, total }) => meanLossBackward(dy, p, total ?? one).read());
  const rowsOfResults: [string, ArrayLike<number>, ArrayLike<number>][] = [
    ['loss', await got.loss.read(), expected.loss.data],
    ['losses beside their mean', await losses.read(), expected.loss.data],
    ['counted', await got.counted.read(), expected.counted.data],
    ['p', await got.p.read(), await other.p.read()],
    ['mean', await joined.mean.read(), [all(expected.loss.data) / all(expected.counted.data)]],
    ['dx', await gradients[0], await gradients[1]],
  ];
  for (const [argument, given, wanted] of rowsOfResults)
    expectClose({
      op: name,
      argument,
      got: given,
      expected: wanted,
      tolerance: 1e-5,
      pair: 'GPU with CPU',
      label: 'several threads to a row',
    });
}

const CASES: readonly Case[] = [
  { rows: 1, C: 1 },
  { rows: 7, C: 10 },
  { rows: 130, C: 10, labelSmoothing: 0.1 },
  { rows: 65, C: 3, isWeighted: true, ignoreIndex: 1 },
  { rows: 5, C: 1000, isWeighted: true, labelSmoothing: 0.2 },
  { rows: 9, C: 131, name: 'nll_loss', isWeighted: true, ignoreIndex: 4 },
];

export const crossEntropyChecks: readonly KernelCheck[] = CASES.map((c) => ({
  name: `${c.name ?? 'cross_entropy'} by workgroups, ${c.rows} x ${c.C}`,
  run: (device: Device) => check(device, c),
}));
