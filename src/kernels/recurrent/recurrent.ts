/**
 * What the recurrent layers share. Letters: T steps, N samples, I features, H hidden units, G gates. One layer in one
 * direction: x (T, N, I), states (N, H), w_ih (G H, I), w_hh (G H, H), b_ih and b_hh (G H). A layer that runs backwards
 * in time is given its sequence reversed, so that below this a step is always the one after the last.
 */
import { ShapeError } from '../../device/errors.js';
import type { Device } from '../../device/device.js';
import type { BufferRange } from '../../device/kernel.js';
import { formatShape, sameShape, type Shape } from '../../tensor/shape.js';
import { empty, view, type Tensor } from '../../tensor/tensor.js';
import { looseWindow, requireF32, requireRank } from '../launch/checks.js';
import { choose, sizeClass, type Choice, type Family } from '../launch/family.js';
import { matmul } from '../matmul/matmul.js';
import { hasFittingSubgroups, subgroupRows } from '../matmul/family.js';
import { reduce } from '../reduce/reduce.js';
import { stridedCopyInto } from '../movement/strided_copy.js';

/** Weights of one layer in one direction, named as torch.nn.LSTM's. */
export interface RecurrentWeights {
  readonly weightIh: Tensor;
  readonly weightHh: Tensor;
  /** Both biases or neither. */
  readonly biasIh?: Tensor | null;
  readonly biasHh?: Tensor | null;
}

export interface RecurrentSizes {
  readonly T: number;
  readonly N: number;
  readonly I: number;
  readonly H: number;
}

/**
 * @param states the initial states, (N, H) each; none means zeros.
 * @throws ShapeError unless everything fits together.
 */
export function recurrentShape(
  op: string,
  gates: number,
  x: Tensor,
  states: readonly Tensor[],
  weights: RecurrentWeights,
): RecurrentSizes {
  const { weightIh, weightHh, biasIh, biasHh } = weights;
  requireF32(op, { x, weight_ih: weightIh, weight_hh: weightHh });
  requireRank(op, 'x', x, 'T N I');
  const [T, N, I] = x.shape;
  const H = weightHh.shape.at(-1) ?? 0;
  const expect = (name: string, t: Tensor, shape: Shape): void => {
    requireF32(op, { [name]: t });
    if (!sameShape(t.shape, shape))
      throw new ShapeError(
        `[${op}] ${name} ${formatShape(t.shape)} does not fit x ${formatShape(x.shape)} and H = ${H}: expected ` +
          `${formatShape(shape)}`,
      );
  };
  expect('weight_hh', weightHh, [gates * H, H]);
  expect('weight_ih', weightIh, [gates * H, I]);
  if (biasIh) expect('bias_ih', biasIh, [gates * H]);
  if (biasHh) expect('bias_hh', biasHh, [gates * H]);
  for (const [i, state] of states.entries()) expect(['h0', 'c0'][i], state, [N, H]);
  if (T === 0) throw new ShapeError(`[${op}] x ${formatShape(x.shape)} has no steps`);
  if (H === 0 || I === 0)
    throw new ShapeError(
      `[${op}] x ${formatShape(x.shape)} and weight_hh ${formatShape(weightHh.shape)} leave nothing to compute: ` +
        `I and H must be at least 1`,
    );
  return { T, N, I, H };
}

/** (slots, N, H), the first of them `initial` or zeros: a state before and after every step. */
export function stateSlots(initial: Tensor | undefined, slots: number, N: number, H: number, like: Tensor): Tensor {
  const { device } = like;
  const all = empty(device, [slots, N, H]);
  if (N === 0) return all;
  if (initial === undefined) device.clear(all.storage, 0, N * H * 4);
  else device.copy(initial.storage, initial.byteOffset, all.storage, 0, N * H * 4);
  return all;
}

/**
 * Rows `start..start + count` of the first dimension, from the 256-byte step before them, and where they start there,
 * in elements.
 */
export function slotWindow(x: Tensor, start: number, count: number): { range: BufferRange; at: number } {
  const slot = x.size / x.shape[0];
  return looseWindow(x, start * slot, (start + count) * slot);
}

/** Copies slots of x (S, N, H), in order or from the last to the first, to slots of `out`. */
export function copySlots(
  op: string,
  x: Tensor,
  from: number,
  count: number,
  reverse: boolean,
  out: Tensor,
  to: number,
): void {
  const row = x.size / x.shape[0];
  const first = reverse ? from + count - 1 : from;
  stridedCopyInto(op, [count, row], x, { offset: first * row, strides: [reverse ? -row : row, 1] }, out, {
    offset: to * row,
    strides: [row, 1],
  });
}

/** x (T, …) from the last step to the first. */
export function reverseTime(op: string, x: Tensor): Tensor {
  const y = empty(x.device, x.shape);
  if (x.size > 0) copySlots(op, x, 0, x.shape[0], true, y, 0);
  return y;
}

/**
 * The gradients of a weight and of its bias, summed over the sequence: dw = dᵀ v, db = sum of d.
 * @param d (T, N, R). @param v (T N, K). @param needs, into: of the weight (R, K) and of the bias (R); `into` is
 * undefined without biases.
 */
export function parameterGradients(
  d: Tensor,
  v: Tensor,
  [needsW, needsB]: readonly boolean[],
  [intoW, intoB]: readonly (Tensor | null | undefined)[],
): [dw: Tensor | null, db: Tensor | null] {
  const [T, N, R] = d.shape;
  const flat = view(d, [T * N, R]);
  if (!needsW) return [null, needsB ? view(reduce('sum', flat, [0]), [R]) : null];
  const db = needsB ? (intoB ?? empty(d.device, [R])) : null;
  return [matmul(flat, v, { transposeA: true, rowSums: db, into: intoW ?? null }), db];
}

/** A step of N samples and H units. */
export interface StepProblem {
  readonly N: number;
  readonly H: number;
}

/** Steps of a recurrent layer are families of their own: product with w_hh and cell in one dispatch. */
export interface StepFamily extends Family<StepProblem> {
  /** Units that a lane of the subgroup member makes. */
  readonly units: number;
}

/**
 * Tiles of the member with shared memory, samples x units, the first of them the default: a neutral choice, not a
 * measured one.
 */
const TILES = [
  { ROWS: 16, UNITS: 16 },
  { ROWS: 32, UNITS: 16 },
  { ROWS: 8, UNITS: 32 },
];

export function stepFamily(name: string, units: number): StepFamily {
  const subgroupChoices = (device: Device, { N, H }: StepProblem): Choice[] =>
    hasFittingSubgroups(device) && H % 4 === 0
      ? subgroupRows(device.adapter.subgroupSize, N).map((ROWS) => ({ variant: 'subgroup', ROWS }))
      : [];
  const workgroupChoices = TILES.map((tile): Choice => ({ variant: 'workgroup', ...tile }));
  return {
    name,
    units,
    shapeClass: ({ N, H }) => `N${sizeClass(N)} H${sizeClass(H)}${H % 4 === 0 ? '' : ' odd'}`,
    candidates: (device, problem) => [{ variant: 'naive' }, ...subgroupChoices(device, problem), ...workgroupChoices],
    defaultChoice: (device, problem): Choice =>
      (device.adapter.isSoftware ? subgroupChoices(device, problem).at(-1) : workgroupChoices[0]) ?? {
        variant: 'naive',
      },
  };
}

type StepVariant = 'naive' | 'subgroup' | 'workgroup';

/** The member to run, its tile, and the workgroups of one step. */
export function stepTiling(
  family: StepFamily,
  device: Device,
  problem: StepProblem,
  forced?: Choice,
): { variant: StepVariant; specialise: Record<string, string>; workgroups: number } {
  const { N, H } = problem;
  const choice = forced ?? choose(family, device, problem);
  const rows = Number(choice.ROWS);
  if (choice.variant === 'naive') return { variant: 'naive', specialise: {}, workgroups: Math.ceil((N * H) / 64) };
  if (choice.variant === 'workgroup') {
    return {
      variant: 'workgroup',
      specialise: { ROWS: `${rows}u`, UNITS: `${choice.UNITS}u` },
      workgroups: Math.ceil(N / rows) * Math.ceil(H / Number(choice.UNITS)),
    };
  }
  const S = device.adapter.subgroupSize;
  return {
    variant: 'subgroup',
    specialise: { S: `${S}u`, ROWS: `${rows}u` },
    workgroups: Math.ceil(N / rows) * Math.ceil(H / (family.units * S)),
  };
}
