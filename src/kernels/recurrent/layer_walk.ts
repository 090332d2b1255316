/**
 * A recurrent layer in one or two directions, all steps in one launch on GPUs (walk.ts): the equations are those of
 * lstm.ts, gru.ts and rnn.ts. All arrays are in the order of time, so that nothing is reversed: a direction that runs
 * backwards starts at their end.
 */
import { defineKernel, type Kernel } from '../../device/kernel.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { choose, type Choice, type Family } from '../launch/family.js';
import { directions, rangeOfAll, type Directions } from './directions.js';
import type { StepProblem } from './family.js';
import { inputProducts, recurrentShape, type RecurrentWeights } from './recurrent.js';
import { backwardTile, besideEachOther, forwardTile, type WalkChoice } from './walk.js';

/** What forward leaves of each direction, in the order of time. */
export interface Walked {
  /** (T + states, N, D H): the h of all steps, then the states after the last, (D, N, H) each. */
  readonly output: Tensor;
  /** (T, N, H): the h before each step. */
  readonly before: Directions;
  /** (T, N, gates H): the gates, in the order of the weights; of a plain layer the h after each step. */
  readonly gates: Directions;
  /** (T, N, H): what else a kind's backward reads. */
  readonly kept: Directions | null;
  /** The states before the first step, (D, N, H) each; none for zeros. */
  readonly first: readonly Tensor[];
}

/** A kind of layer as GPUs walk it. */
export interface WalkKind {
  readonly name: string;
  readonly gates: number;
  readonly states: number;
  /** Whether backward reads (T, N, H) of each direction besides the gates. */
  readonly keeps: boolean;
  /** Whether w_ih x and w_hh h have gradients of their own. */
  readonly splits: boolean;
  readonly forward: Kernel;
  readonly backward: Kernel;
  readonly families: { readonly forward: Family<StepProblem>; readonly backward: Family<StepProblem> };
  /** What backward reads behind w_hh and the gates. */
  readonly reads: (walked: Walked) => readonly (Directions | Tensor | null)[];
}

/** The kernel of a kind, one way. */
export const walkKernel = (
  kind: string,
  way: '' | '_backward',
  gates: number,
  cell: readonly string[],
  bindings: readonly ('read' | 'write')[],
): Kernel =>
  defineKernel({
    name: `${kind}_walk${way}`,
    file: `recurrent/walk/${kind}${way}.wgsl`,
    includes: [
      'common/grid.wgsl',
      'recurrent/gates.wgsl',
      ...cell,
      'common/nan_lanes.wgsl',
      'recurrent/walk/walk.wgsl',
      `recurrent/walk/gates${gates}.wgsl`,
      `recurrent/walk/product${way}.wgsl`,
    ],
    bindings: [...bindings, 'params'],
  });

const isWalk = (choice: Choice): choice is Choice & WalkChoice => choice.variant === 'walk';

const strideWords = (w: Directions, bias: number, gates: Directions, states: Directions): number[] => [
  w.stride / 4,
  w.each[0].shape[1] ** 2 / 4,
  bias,
  gates.stride,
  states.stride,
];

/**
 * @param x (T, N, I), in the order of time. @param initial the states before the first step, (D, N, H) each, or none
 * for zeros.
 * @returns null where this is not the way to go, by choice or because something does not fit: then steps are made.
 */
export function walkLayer(
  kind: WalkKind,
  x: Tensor,
  initial: readonly Tensor[],
  weights: readonly RecurrentWeights[],
  choice?: Choice,
  constants: Readonly<Record<string, number>> = {},
): Walked | null {
  const { device } = x;
  if (choice === undefined && device.adapter.isSoftware) return null;
  const own = (d: number): Tensor[] => initial.map((s) => view(rows(s, d, d + 1), s.shape.slice(1)));
  const [{ T, N, H }] = weights.map((w, d) => recurrentShape(kind.name, kind.gates, x, own(d), w));
  const D = weights.length;
  if (N === 0) return null;
  const chosen = choice ?? choose(kind.families.forward, device, { N, H });
  const tile = isWalk(chosen) ? forwardTile(kind.gates)(device, { N, H }, chosen) : null;
  if (tile === null || D * (T + 1) * N * 4 * kind.gates * H > device.maxBindingBytes) return null;
  const [gates, before] = [kind.gates * H, H].map((width) => directions(device, D, [T, N, width]));
  const kept = kind.keeps ? directions(device, D, [T, N, H]) : null;
  const output = empty(device, [T + kind.states, N, D * H]);
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
  device.dispatch(kind.forward, {
    buffers: [
      rangeOfAll(w),
      bias === null ? nothing : rangeOfAll(bias),
      ...Array.from({ length: kind.states }, (_, i) => initial.at(i)?.range ?? nothing),
      ...[gates, before, ...(kept === null ? [] : [kept])].map(rangeOfAll),
      output.range,
    ],
    params: [N, T, D, ...strideWords(w, bias?.stride ?? 0, gates, before)],
    constants: { ...constants, HAS_STATE: initial.length > 0 ? 1 : 0, HAS_BIAS: bias === null ? 0 : 1 },
    specialise: tile.specialise,
    workgroups: tile.workgroups * D,
  });
  return { output, before, gates, kept, first: initial };
}

/** The gradients of all that goes into the gates, and of the states before the first step. */
export interface WalkGradients {
  /** Of w_ih x + b_ih in each direction, (T, N, gates H), in the order of time. */
  readonly dx: Directions;
  /** Of w_hh h + b_hh; the same where they are the same. */
  readonly dh: Directions;
  /** Of each state, (D, N, H); none where forward had none. */
  readonly first: readonly Tensor[];
}

/** @param dy the gradient of `output`. */
export function walkLayerBackward(
  kind: WalkKind,
  walked: Walked,
  weightsHh: readonly Tensor[],
  dy: Tensor,
  choice?: Choice,
  constants: Readonly<Record<string, number>> = {},
): WalkGradients {
  const { gates, before } = walked;
  const [T, N] = before.each[0].shape;
  const D = weightsHh.length;
  const H = weightsHh[0].shape[1];
  const { device } = dy;
  const tileOf = backwardTile(kind.gates);
  const chosen = choice ?? choose(kind.families.backward, device, { N, H });
  // What forward has walked cannot go back step by step: the two keep different things.
  const least = { ROWS: 1, KEPT: 0 };
  const tile = tileOf(device, { N, H }, isWalk(chosen) ? chosen : least) ?? tileOf(device, { N, H }, least);
  if (tile === null) throw new Error(`there is a way forward for ${N} samples and ${H} units, and none back`);
  const w = besideEachOther(weightsHh);
  const dx = directions(device, D, gates.each[0].shape);
  const dh = kind.splits ? directions(device, D, gates.each[0].shape) : dx;
  const hasState = walked.first.length > 0;
  const states = empty(device, hasState ? [kind.states * D, N, H] : [1, 1, 1]);
  const nothing = rangeOfAll(w);
  device.dispatch(kind.backward, {
    buffers: [
      ...[w, gates].map(rangeOfAll),
      ...kind.reads(walked).map((t) => (t === null ? nothing : 'each' in t ? rangeOfAll(t) : t.range)),
      dy.range,
      ...(kind.splits ? [dx, dh] : [dx]).map(rangeOfAll),
      states.range,
    ],
    params: [N, T, D, ...strideWords(w, 0, gates, before)],
    constants: { ...constants, HAS_STATE: hasState ? 1 : 0 },
    specialise: tile.specialise,
    workgroups: tile.workgroups * D,
  });
  const split = D * N * H * 4;
  const first = walked.first.map((_, i) => {
    const part = empty(device, [D, N, H]);
    device.copy(states.storage, states.byteOffset + i * split, part.storage, part.byteOffset, split);
    return part;
  });
  return { dx, dh, first };
}
