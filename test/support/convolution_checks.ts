/** Checks of a convolution's members that are no defaults for the cases of its op, and of batch norm folded into it. */
import { expectClose } from '../../src/cases/close.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import type { Device } from '../../src/device/device.js';
import type { Choice } from '../../src/device/choices.js';
import { conv2d, conv2dBackwardInput, conv2dBackwardWeight, conv2dGeometry } from '../../src/kernels/conv2d/conv2d.js';
import {
  conv2dBackwardInputFamily,
  conv2dBackwardWeightFamily,
  conv2dFamily,
} from '../../src/kernels/conv2d/family.js';
import {
  conv2d as forwardReference,
  conv2dBackwardInput as inputReference,
  conv2dBackwardWeight as weightReference,
} from '../../src/kernels/conv2d/reference.js';
import { sumWeightParts } from '../../src/kernels/conv2d/weight_sum.js';
import { foldBatchNorm_ } from '../../src/kernels/norm/fold_batch_norm.js';
import { convertLayout } from '../../src/kernels/layout/convert.js';
import { ROWS, filterLayout } from '../../src/tensor/layout.js';
import { empty } from '../../src/tensor/tensor.js';

interface Check {
  readonly name: string;
  readonly run: (device: Device) => Promise<void>;
}

/** y, dx and dw of a 3x3 convolution by every candidate whose variant is among these. */
function checkMembers(C: number, variants: readonly string[]): Check {
  const args = { padding: [1, 1] } as const;
  const [x, w] = [drawTensor([2, C, 6, 5], UNIT, C), drawTensor([8, C, 3, 3], UNIT, C + 1)];
  const g = conv2dGeometry(x.shape, w.shape, args);
  const dy = drawTensor([g.N, g.O, g.oH, g.oW], UNIT, C + 2);
  const isAsked = (choice: Choice): boolean => variants.includes(choice.variant);
  return {
    name: `conv2d of ${C} channels by ${variants.join(', ')}`,
    run: async (device) => {
      const [X, W, DY] = [x, w, dy].map((t) => upload(device, t));
      const label = `${C} channels`;
      for (const choice of conv2dFamily.candidates(device, g).filter(isAsked)) {
        const got = await conv2d(X, W, null, { ...args, choice }).read();
        const expected = forwardReference(x, w, null, args).data;
        expectClose({ op: choice.variant, argument: 'y', got, expected, pair: 'GPU with CPU', label });
      }
      for (const choice of conv2dBackwardInputFamily.candidates(device, g).filter(isAsked)) {
        const got = await conv2dBackwardInput(DY, W, g, choice).read();
        const expected = inputReference(dy, w, x.shape, args).data;
        expectClose({ op: choice.variant, argument: 'dx', got, expected, pair: 'GPU with CPU', label });
      }
      for (const choice of conv2dBackwardWeightFamily.candidates(device, g).filter(isAsked)) {
        const got = await conv2dBackwardWeight(X, DY, g, choice).read();
        const expected = weightReference(x, dy, w.shape, args).data;
        expectClose({ op: choice.variant, argument: 'dw', got, expected, pair: 'GPU with CPU', label });
      }
    },
  };
}

/** Of two groups: rows and the order of the kernels give the same. */
async function checkFold(device: Device): Promise<void> {
  const [O, depth, eps] = [8, 4, 1e-3];
  const [w, convBias, mean, weight, bias] = [[O, depth, 3, 3], [O], [O], [O], [O]].map((shape, i) =>
    drawTensor(shape, UNIT, i + 1),
  );
  const variance = drawTensor([O], { low: 0.5, high: 2 }, 9);
  const scale = Array.from({ length: O }, (_, o) => weight.data[o] / Math.sqrt(variance.data[o] + eps));
  const expected = Array.from(w.data, (v, i) => v * scale[Math.floor(i / (9 * depth))]);
  const shift = Array.from(bias.data, (b, o) => b + (convBias.data[o] - mean.data[o]) * scale[o]);
  for (const layout of [ROWS, filterLayout(2)]) {
    const rows = upload(device, w);
    const into = { w: empty(device, w.shape, 'f32', layout), b: empty(device, [O]) };
    const [b, m, v, a, s] = [convBias, mean, variance, weight, bias].map((t) => upload(device, t));
    const laid = layout === ROWS ? rows : convertLayout(rows, layout);
    foldBatchNorm_(into, laid, b, { mean: m, variance: v, weight: a, bias: s, eps });
    const label = layout.kind;
    const pair = 'GPU with CPU';
    expectClose({ op: 'fold_batch_norm', argument: 'w', got: await into.w.read(), expected, pair, label });
    expectClose({ op: 'fold_batch_norm', argument: 'b', got: await into.b.read(), expected: shift, pair, label });
  }
}

/** Parts that no threads and few threads share, of results that fill no workgroup, in fours and not. */
async function checkWeightSum(device: Device): Promise<void> {
  for (const [splits, weights, biases, depth] of [
    [1, 5, 3, 1],
    [70, 37, 0, 64],
    [9, 36, 8, 8],
    [5, 133, 7, 4],
    [2, 260, 4, 2],
  ]) {
    const [parts, biasParts] = [weights, biases].map((n, i) => drawTensor([splits, Math.max(1, n)], UNIT, i + 1));
    const sums = [
      [parts, weights],
      [biasParts, biases],
    ] as const;
    const [dw, dbias] = [empty(device, [weights]), biases > 0 ? empty(device, [biases]) : null];
    sumWeightParts(upload(device, parts), upload(device, biasParts), dw, dbias, depth);
    for (const [i, [{ data }, n]] of sums.entries()) {
      const expected = Array.from({ length: n }, (_, at) =>
        Array.from({ length: splits }, (_, s) => data[s * n + at]).reduce((a, b) => a + b, 0),
      );
      const got = await [dw, dbias][i]?.read();
      if (got === undefined) continue;
      const label = String([splits, weights, biases, depth]);
      expectClose({ op: 'conv2d_weight_sum', argument: `sum ${i}`, got, expected, pair: 'GPU with CPU', label });
    }
  }
}

export const convolutionChecks: readonly Check[] = [
  checkMembers(3, ['thin_subgroup', 'thin_register', 'thin']),
  checkMembers(8, ['winograd', 'register', 'workgroup']),
  { name: 'the sum of the parts of a weight gradient', run: checkWeightSum },
  { name: 'batch norm folded into a convolution', run: checkFold },
];
