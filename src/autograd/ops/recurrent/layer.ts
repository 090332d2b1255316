/**
 * What the layers of all kinds have in common: a layer, in one or two directions, is one op. What a kind adds are its
 * kernels. Letters: T steps, N samples, I features, H hidden units, G gates, D directions.
 */
import type { Directions } from '../../../kernels/recurrent/directions.js';
import { add_ } from '../../../kernels/elementwise/accumulate.js';
import { kindOf } from '../../../kernels/launch/targets.js';
import { matmul } from '../../../kernels/matmul/matmul.js';
import { stridedCopyInto } from '../../../kernels/movement/strided_copy.js';
import { joined } from '../../../kernels/recurrent/directions.js';
import { walkLayer, walkLayerBackward, type Walked, type WalkKind } from '../../../kernels/recurrent/layer_walk.js';
import { weightGradients } from '../../../kernels/recurrent/weight_gradients.js';
import { parameterGradients, reverseTime, type RecurrentWeights } from '../../../kernels/recurrent/recurrent.js';
import { empty, rows, view, type Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';
import { reshape, slice } from '../movement/movement.js';
import type { RecurrentLayer } from './recurrent.js';

/** What forward leaves. `x` and `before` of each direction, in the order of what backward gives of it. */
export interface LayerRun<Run> {
  /** For backward. */
  readonly run: Run;
  /** (T + states, N, D H): the h of all steps in the order of time, then the states after the last, (D, N, H) each. */
  readonly output: Tensor;
  /** (T, N, I). */
  readonly x: readonly Tensor[];
  /** (T, N, H): the h before each step. */
  readonly before: readonly Tensor[];
  /** Whether a direction that runs backwards lies in the order of its steps, and not of time. */
  readonly isReversed: boolean;
}

/** What backward gives of a layer's sums and states. */
interface LayerGradients {
  readonly dx: Directions;
  readonly dh: Directions;
  readonly first: readonly (Tensor | null)[];
  readonly isFirstWhole?: boolean;
}

/** The kernels of a kind. `Run` is what forward leaves for backward, `Args` what a layer is told besides. */
interface LayerKind<Run, Args> {
  readonly name: string;
  /** @param x (T, N, I). @param initial states before the first step, (D, N, H) each, or none. */
  readonly forward: (
    x: Tensor,
    initial: readonly Tensor[],
    weights: readonly RecurrentWeights[],
    args: Args,
  ) => LayerRun<Run>;
  /**
   * @param dy gradients of the op's output. @returns dx and dh, of each direction (T, N, G H): of w_ih x + b_ih and of
   * w_hh h + b_hh; first: of each state before the first step (D, N, H); with `isFirstWhole` all of it, else without
   * what comes through dh, or null.
   */
  readonly backward: (dy: Tensor, run: Run, weightsHh: readonly Tensor[], args: Args) => LayerGradients;
}

/** A layer whose whole sequence is one launch; null where steps are made. */
export function walked(
  kind: WalkKind,
  x: Tensor,
  initial: readonly Tensor[],
  weights: readonly RecurrentWeights[],
  constants?: Readonly<Record<string, number>>,
): LayerRun<Walked> | null {
  const run = walkLayer(kind, x, initial, weights, undefined, constants);
  if (run === null) return null;
  return { run, output: run.output, x: weights.map(() => x), before: run.before.each, isReversed: false };
}

export const isWalked = (run: object): run is Walked => 'before' in run;

/** The gradients of what `walked` made. */
export const walkedBackward = (
  kind: WalkKind,
  run: Walked,
  weightsHh: readonly Tensor[],
  dy: Tensor,
  constants?: Readonly<Record<string, number>>,
): LayerGradients => ({ ...walkLayerBackward(kind, run, weightsHh, dy, undefined, constants), isFirstWhole: true });

/**
 * A layer whose kernels take each direction in the order of its steps.
 * @param forward x of each direction (T, N, I), states of each direction, (N, H) each -> of each state the slots of
 * each direction, (T + 1, N, H); h is the first.
 */
export function bySteps<Run>(
  name: string,
  x: Tensor,
  initial: readonly Tensor[],
  D: number,
  forward: (
    x: readonly Tensor[],
    states: readonly (readonly Tensor[])[],
  ) => { run: Run; states: readonly Directions[] },
): LayerRun<Run> {
  const each = Array.from({ length: D }, (_, d) => d);
  const own = each.map((d) => initial.map((s) => view(rows(s, d, d + 1), s.shape.slice(1))));
  const steps = each.map((d) => (d === 0 ? x : reverseTime(name, x)));
  const { run, states } = forward(steps, own);
  const before = states[0].each.map((h) => rows(h, 0, x.shape[0]));
  return { run, output: packed(name, states), x: steps, before, isReversed: true };
}

interface Shared {
  readonly D: number;
  readonly hasBias: boolean;
}

interface Saved<Run> extends Omit<LayerRun<Run>, 'output'> {
  readonly weights: readonly RecurrentWeights[];
}

/** The op's inputs after x: w_ih, w_hh, [b_ih, b_hh] of each direction, then the states. */
function weightsOf(inputs: readonly Tensor[], { D, hasBias }: Shared): RecurrentWeights[] {
  const each = hasBias ? 4 : 2;
  return Array.from({ length: D }, (_, d) => {
    const [weightIh, weightHh, biasIh = null, biasHh = null] = inputs.slice(1 + d * each, 1 + (d + 1) * each);
    return { weightIh, weightHh, biasIh, biasHh };
  });
}

/**
 * The op of a kind. Inputs x (T, N, I), w_ih, w_hh, [b_ih, b_hh] of each direction, states (D, N, H). An op has one
 * output: here (T + states, N, D H), the h of all steps in the order of x, then the states after the last step, each
 * (D, N, H).
 * @returns the layer as `recurrent` stacks it.
 */
export function layerOf<Run, Args extends object>(kind: LayerKind<Run, Args>): (args: Args) => RecurrentLayer {
  const { name } = kind;
  const op = defineOp<Args & Shared, Saved<Run>>({
    name,
    forward: (inputs, args) => {
      const [x] = inputs;
      const weights = weightsOf(inputs, args);
      const { D, hasBias } = args;
      const initial = inputs.slice(1 + D * (hasBias ? 4 : 2));
      const { output, ...made } = kind.forward(x, initial, weights, args);
      return { output, saved: { ...made, weights } };
    },
    backward: (dy, { x, before, isReversed, run, weights }, args, needs, into) => {
      const { D, hasBias } = args;
      const each = hasBias ? 4 : 2;
      const [T, N, I] = x[0].shape;
      const d = kind.backward(
        dy,
        run,
        weights.map((w) => w.weightHh),
        args,
      );
      const flat = (t: Tensor): Tensor => view(t, [T * N, t.shape[2]]);
      const back = (i: number): Tensor => view(matmul(flat(d.dx.each[i]), weights[i].weightIh), x[0].shape);
      const dx = needs[0] ? back(0) : null;
      if (dx !== null && D === 2) add_(dx, isReversed ? reverseTime(name, back(1)) : back(1));
      const wanted = needs.slice(1, 1 + D * each);
      const gradients =
        gradientsAtOnce(d, x, before, hasBias, wanted, into.slice(1, 1 + D * each)) ??
        weights.flatMap((_, i) => {
          const at = 1 + i * each;
          const pick = <X>(of: readonly X[], offset: number): X[] => [of[at + offset], of[at + 2 + offset]];
          const needsOf = (offset: number): boolean[] => (hasBias ? pick(needs, offset) : [needs[at + offset], false]);
          const intoOf = (offset: number): (Tensor | null)[] =>
            hasBias ? pick(into, offset) : [into[at + offset], null];
          const [dwIh, dbIh] = parameterGradients(d.dx.each[i], view(x[i], [T * N, I]), needsOf(0), intoOf(0));
          const [dwHh, dbHh] = parameterGradients(d.dh.each[i], flat(before[i]), needsOf(1), intoOf(1));
          return hasBias ? [dwIh, dwHh, dbIh, dbHh] : [dwIh, dwHh];
        });
      if (needs.length === 1 + D * each) return [dx, ...gradients];
      if (d.isFirstWhole === true) return [dx, ...gradients, ...d.first];
      const through = weights.map(({ weightHh }, i) =>
        matmul(view(rows(d.dh.each[i], 0, 1), [N, weightHh.shape[0]]), weightHh),
      );
      const dh0 = joined(through);
      const [direct, ...others] = d.first;
      if (direct !== null && N > 0) add_(dh0, direct);
      return [dx, ...gradients, dh0, ...others];
    },
  });
  return (args) => (x, states, weights) => {
    const tensors = weights.flatMap(({ weightIh, weightHh, biasIh, biasHh }) =>
      [weightIh, weightHh, biasIh, biasHh].filter((t) => t != null),
    );
    const shared = { D: weights.length, hasBias: tensors.length > 2 * weights.length };
    const output = apply(op, [x, ...tensors, ...states], { ...args, ...shared });
    const T = x.shape[0];
    const [slots, N, width] = output.shape;
    const last = Array.from({ length: slots - T }, (_, i) =>
      reshape(slice(output, 0, T + i, T + i + 1), [shared.D, N, width / shared.D]),
    );
    return { sequence: slice(output, 0, 0, T), last };
  };
}

/** Of all weights and biases in the order of the op's inputs; null where they are made one by one. */
function gradientsAtOnce(
  { dx, dh }: { readonly dx: Directions; readonly dh: Directions },
  x: readonly Tensor[],
  before: readonly Tensor[],
  hasBias: boolean,
  needs: readonly boolean[],
  into: readonly (Tensor | null)[],
): (Tensor | null)[] | null {
  if (kindOf(x[0].device) === 'software' || !needs.some(Boolean)) return null;
  const all = weightGradients(dx, dh, x, before, hasBias, needs.every(Boolean) ? into : []);
  return all === null ? null : all.map((t, i) => (needs[i] ? t : null));
}

/** The output of the op, from the slots of each state. */
function packed(op: string, states: readonly Directions[]): Tensor {
  const [h] = states;
  const D = h.each.length;
  const [slots, N, H] = h.each[0].shape;
  const T = slots - 1;
  const out = empty(h.each[0].device, [T + states.length, N, D * H]);
  const slot = N * H;
  for (const [d, hs] of h.each.entries()) {
    const from = d === 0 ? { offset: slot, strides: [slot, H, 1] } : { offset: T * slot, strides: [-slot, H, 1] };
    stridedCopyInto(op, [T, N, H], hs, from, out, { offset: d * H, strides: [D * slot, D * H, 1] });
  }
  for (const [i, state] of states.entries())
    for (const [d, all] of state.each.entries())
      stridedCopyInto(op, [slot], all, { offset: T * slot, strides: [1] }, out, {
        offset: (T + i) * D * slot + d * slot,
        strides: [1],
      });
  return out;
}
