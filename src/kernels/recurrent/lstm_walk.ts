/**
 * An LSTM layer in one or two directions, all steps in one launch on GPUs (walk.ts): the equations of lstm.ts. All
 * arrays are in the order of time, so that nothing is reversed: a direction that runs backwards starts at their end.
 */
import { defineKernel } from '../../device/kernel.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { choose, type Choice } from '../launch/family.js';
import { directions, rangeOfAll, type Directions } from './directions.js';
import { lstmStepBackwardFamily, lstmStepFamily } from './lstm.js';
import { inputProducts, recurrentShape, type RecurrentWeights } from './recurrent.js';
import { backwardTile, besideEachOther, forwardTile, type WalkChoice } from './walk.js';

const includes = [
  'common/grid.wgsl',
  'recurrent/gates.wgsl',
  'recurrent/lstm_cell.wgsl',
  'common/nan_lanes.wgsl',
  'recurrent/walk/walk.wgsl',
];
const forwardKernel = defineKernel({
  name: 'lstm_walk',
  file: 'recurrent/walk/lstm.wgsl',
  includes: [...includes, 'recurrent/walk/product.wgsl'],
  bindings: ['read', 'read', 'read', 'read', 'write', 'write', 'write', 'write', 'params'],
});
const backwardKernel = defineKernel({
  name: 'lstm_walk_backward',
  file: 'recurrent/walk/lstm_backward.wgsl',
  includes: [...includes, 'recurrent/walk/product_backward.wgsl'],
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write', 'params'],
});

/** What forward leaves of each direction, in the order of time. */
export interface LstmWalk {
  /** (T + 2, N, D H): the h of all steps, then the h and c after the last, (D, N, H) each. */
  readonly output: Tensor;
  /** (T, N, H): the h before each step. */
  readonly before: Directions;
  /** (T, N, H): the c after each step. */
  readonly c: Directions;
  /** (T, N, 4H): i f g o. */
  readonly gates: Directions;
  /** (D, N, H): the c before the first step; null for zeros. */
  readonly cFirst: Tensor | null;
}

const isWalk = (choice: Choice): choice is Choice & WalkChoice => choice.variant === 'walk';

const strideWords = (w: Directions, bias: number, gates: Directions, states: Directions): number[] => [
  w.stride / 4,
  w.each[0].shape[1] ** 2 / 4,
  bias,
  gates.stride,
  states.stride,
];

/**
 * @param x (T, N, I), in the order of time. @param initial h and c before the first step, (D, N, H) each, or none for
 * zeros.
 * @returns null where this is not the way to go, by choice or because something does not fit: then `lstm` makes the
 * steps.
 */
export function lstmWalk(
  x: Tensor,
  initial: readonly Tensor[],
  weights: readonly RecurrentWeights[],
  choice?: Choice,
): LstmWalk | null {
  const { device } = x;
  if (choice === undefined && device.adapter.isSoftware) return null;
  const own = (d: number): Tensor[] => initial.map((s) => view(rows(s, d, d + 1), s.shape.slice(1)));
  const [{ T, N, H }] = weights.map((w, d) => recurrentShape('lstm', 4, x, own(d), w));
  const D = weights.length;
  if (N === 0) return null;
  const chosen = choice ?? choose(lstmStepFamily, device, { N, H });
  const tile = isWalk(chosen) ? forwardTile(device, { N, H }, chosen) : null;
  if (tile === null || D * (T + 1) * N * 16 * H > device.maxBindingBytes) return null;
  const [gates, before, c] = [4 * H, H, H].map((width) => directions(device, D, [T, N, width]));
  const output = empty(device, [T + 2, N, D * H]);
  const [hFirst, cFirst = null] = initial;
  const biases = weights.flatMap(({ biasHh }) => (biasHh ? [biasHh] : []));
  const w = besideEachOther(weights.map((of) => of.weightHh));
  const bias = biases.length === D ? besideEachOther(biases) : null;
  inputProducts(
    Array<Tensor>(D).fill(x),
    weights,
    weights.map(({ biasIh }) => biasIh ?? null),
    gates,
  );
  const nothing = rangeOfAll(w); // bound where there is nothing to read
  device.dispatch(forwardKernel, {
    buffers: [
      rangeOfAll(w),
      bias === null ? nothing : rangeOfAll(bias),
      hFirst?.range ?? nothing,
      cFirst?.range ?? nothing,
      ...[gates, before, c].map(rangeOfAll),
      output.range,
    ],
    params: [N, T, D, ...strideWords(w, bias?.stride ?? 0, gates, c)],
    constants: { HAS_STATE: initial.length > 0 ? 1 : 0, HAS_BIAS: bias === null ? 0 : 1 },
    specialise: tile.specialise,
    workgroups: tile.workgroups * D,
  });
  return { output, before, c, gates, cFirst };
}

/** The gradients of all that goes into the gates, and of the states before the first step. */
export interface LstmWalkGradients {
  /** Of each direction (T, N, 4H), in the order of time. */
  readonly dgates: Directions;
  /** Of h and c, (D, N, H) each; none where forward had none. */
  readonly states: readonly Tensor[];
}

/** @param dy the gradient of `output`. */
export function lstmWalkBackward(
  { gates, c, cFirst }: LstmWalk,
  weightsHh: readonly Tensor[],
  dy: Tensor,
  choice?: Choice,
): LstmWalkGradients {
  const [T, N] = gates.each[0].shape;
  const D = weightsHh.length;
  const H = weightsHh[0].shape[1];
  const { device } = dy;
  const chosen = choice ?? choose(lstmStepBackwardFamily, device, { N, H });
  // What forward has walked cannot go back step by step: the two keep different things.
  const least = { ROWS: 1, KEPT: 0 };
  const tile = backwardTile(device, { N, H }, isWalk(chosen) ? chosen : least) ?? backwardTile(device, { N, H }, least);
  if (tile === null) throw new Error(`there is a way forward for ${N} samples and ${H} units, and none back`);
  const w = besideEachOther(weightsHh);
  const dgates = directions(device, D, [T, N, 4 * H]);
  const hasState = cFirst !== null;
  const states = empty(device, hasState ? [2 * D, N, H] : [1, 1, 1]);
  device.dispatch(backwardKernel, {
    buffers: [
      ...[w, gates, c].map(rangeOfAll),
      cFirst?.range ?? rangeOfAll(w),
      dy.range,
      rangeOfAll(dgates),
      states.range,
    ],
    params: [N, T, D, ...strideWords(w, 0, gates, c)],
    constants: { HAS_STATE: hasState ? 1 : 0 },
    specialise: tile.specialise,
    workgroups: tile.workgroups * D,
  });
  const split = D * N * H * 4;
  const of = (i: number): Tensor => {
    const part = empty(device, [D, N, H]);
    device.copy(states.storage, states.byteOffset + i * split, part.storage, part.byteOffset, split);
    return part;
  };
  return { dgates, states: hasState ? [of(0), of(1)] : [] };
}
