/**
 * RNN: torch.nn.RNN's function. A layer in one direction is one op, forward and backward; see recurrent.ts for the
 * stacking.
 */
import { matmul } from '../../../kernels/matmul/matmul.js';
import {
  copySlots,
  parameterGradients,
  reverseTime,
  type RecurrentWeights,
} from '../../../kernels/recurrent/recurrent.js';
import { rnn as rnnKernel, rnnBackward, type Nonlinearity } from '../../../kernels/recurrent/rnn.js';
import { empty, rows, view, type Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';
import { reshape, slice } from '../movement/movement.js';
import { recurrent, type RecurrentLayer, type RecurrentOptions } from './recurrent.js';

interface LayerArgs {
  /** The sequence is walked from its last step to its first. */
  readonly reverse: boolean;
  readonly hasBias: boolean;
  readonly nonlinearity: Nonlinearity;
}

interface Saved {
  /** x in the order of the steps. */
  readonly x: Tensor;
  /** (T + 1, N, H): the states before and after all steps. */
  readonly h: Tensor;
  readonly weightIh: Tensor;
  readonly weightHh: Tensor;
}

/**
 * Inputs x (T, N, I), w_ih, w_hh, [b_ih, b_hh], [h0]; the output is (T, N, H), the h of all steps in the order of x.
 */
const layerOp = defineOp<LayerArgs, Saved>({
  name: 'rnn',
  forward: ([x, weightIh, weightHh, ...rest], { reverse, hasBias, nonlinearity }) => {
    const [biasIh, biasHh] = hasBias ? rest : [null, null];
    const steps = reverse ? reverseTime('rnn', x) : x;
    const h = rnnKernel(steps, rest.slice(hasBias ? 2 : 0), { weightIh, weightHh, biasIh, biasHh }, nonlinearity);
    const [T, N] = x.shape;
    const output = empty(x.device, [T, N, weightHh.shape[1]]);
    copySlots('rnn', h, 1, T, reverse, output, 0);
    return { output, saved: { x: steps, h, weightIh, weightHh } };
  },
  backward: (dy, { x, h, weightIh, weightHh }, { reverse, hasBias, nonlinearity }, needs, into) => {
    const [T, N, I] = x.shape;
    const H = weightHh.shape[1];
    const d = rnnBackward(h, weightHh, dy, (step) => (reverse ? T - 1 - step : step), nonlinearity);
    const dx = needs[0] ? view(matmul(view(d, [T * N, H]), weightIh), x.shape) : null;
    const [dwIh, dbIh] = parameterGradients(
      d,
      view(x, [T * N, I]),
      [needs[1], hasBias && needs[3]],
      [into[1], into[3]],
    );
    const [dwHh, dbHh] = parameterGradients(
      d,
      view(rows(h, 0, T), [T * N, H]),
      [needs[2], hasBias && needs[4]],
      [into[2], into[4]],
    );
    const dBias = hasBias ? [dbIh, dbHh] : [];
    const dState = needs.length > 3 + dBias.length ? [matmul(view(rows(d, 0, 1), [N, H]), weightHh)] : [];
    return [dx !== null && reverse ? reverseTime('rnn', dx) : dx, dwIh, dwHh, ...dBias, ...dState];
  },
});

/** Options of `rnn`, with PyTorch's defaults. */
export interface RnnOptions extends RecurrentOptions {
  /** Default 'tanh'. */
  readonly nonlinearity?: Nonlinearity;
}

/** What `rnn` gives: the states of all steps, and the last of each layer and direction. */
export interface RnnResult {
  readonly output: Tensor;
  readonly h: Tensor;
}

/**
 * torch.nn.RNN: several layers, one or two directions. L layers, D directions.
 * @param x (T, N, I), (N, T, I) with `batchFirst`, or (T, I) for one sample.
 * @param h0 h before the first step, (L D, N, H); null means zeros.
 * @param weights l0, l0_reverse, l1, … : w_ih (H, I or D H), w_hh (H, H).
 * @returns output (T, N, D H): h of the last layer at every step; h after the last step, (L D, N, H).
 * @throws ShapeError when shapes do not fit.
 */
export function rnn(
  x: Tensor,
  h0: Tensor | null,
  weights: readonly RecurrentWeights[],
  { nonlinearity = 'tanh', ...options }: RnnOptions = {},
): RnnResult {
  const { output, last } = recurrent('rnn', layerOf(nonlinearity), x, h0 === null ? [] : [h0], weights, options);
  return { output, h: last[0] };
}

function layerOf(nonlinearity: Nonlinearity): RecurrentLayer {
  return (x, states, { weightIh, weightHh, biasIh, biasHh }, reverse) => {
    const biases = [biasIh, biasHh].filter((b) => b != null);
    const args = { reverse, hasBias: biases.length > 0, nonlinearity };
    const sequence = apply(layerOp, [x, weightIh, weightHh, ...biases, ...states], args);
    const [T, N, H] = sequence.shape;
    const t = reverse ? 0 : T - 1;
    return { sequence, last: [reshape(slice(sequence, 0, t, t + 1), [N, H])] };
  };
}
