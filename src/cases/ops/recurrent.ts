/**
 * Cases of recurrent layers; rnn.ts makes those of the plain one with the same parts. Inputs are x, the weights of each
 * layer and direction, and the initial states; y is output, h (and c).
 */
import { cat, gru, lstm, reshape } from '../../autograd/ops/index.js';
import { gruBackwardTrials, gruTrials, lstmBackwardTrials, lstmTrials } from '../../kernels/recurrent/trial.js';
import { elementAt, hostTensor, positionOf, type HostTensor } from '../../kernels/launch/host_tensor.js';
import { gruCell } from '../../kernels/recurrent/gru_reference.js';
import { lstmCell } from '../../kernels/recurrent/lstm_reference.js';
import { recurrent, recurrentBackward, type Cell, type Sequence } from '../../kernels/recurrent/reference.js';
import type { RecurrentWeights } from '../../kernels/recurrent/recurrent.js';
import type { Tensor } from '../../tensor/tensor.js';
import { UNIT, type Domain } from '../draw.js';
import { defineSpec, type BenchCase, type OpCase, type OpSpec } from '../spec.js';

export interface Args {
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly batchFirst: boolean;
  readonly bias: boolean;
  /** Initial states are given. */
  readonly state: boolean;
}

const PLAIN: Args = { layers: 1, bidirectional: false, batchFirst: false, bias: true, state: false };

/** The inputs' parts. */
export function parts<X>(
  inputs: readonly X[],
  { layers, bidirectional, bias }: Args,
): { x: X; weights: X[][]; states: X[] } {
  const each = bias ? 4 : 2;
  const runs = layers * (bidirectional ? 2 : 1);
  const weights = Array.from({ length: runs }, (_, i) => inputs.slice(1 + i * each, 1 + (i + 1) * each));
  return { x: inputs[0], weights, states: inputs.slice(1 + runs * each) };
}

export const named = (weights: readonly Tensor[][]): RecurrentWeights[] =>
  weights.map(([weightIh, weightHh, biasIh, biasHh]) => ({ weightIh, weightHh, biasIh, biasHh }));

/** All results as one, so that one dy reaches all of them. */
export const joined = (results: readonly Tensor[]): Tensor => cat(results.map((t) => reshape(t, [t.size])));

/** The first two dimensions swapped. */
function swapped(x: HostTensor): HostTensor {
  const [a, b, c] = x.shape;
  const y = hostTensor([b, a, c]);
  for (let i = 0; i < x.data.length; i++) {
    const [p, q, r] = positionOf(i, x.shape);
    y.data[elementAt([q, p, r], y.shape)] = x.data[i];
  }
  return y;
}

export function reference(cell: Cell, states: number) {
  const unpack = (inputs: readonly HostTensor[], args: Args): [HostTensor, HostTensor[], HostTensor[][], number] => {
    const { x, weights, states: given } = parts(inputs, args);
    const time = args.batchFirst ? swapped(x) : x;
    const zero = hostTensor([weights.length, time.shape[1], weights[0][1].shape[1]]);
    return [time, args.state ? given : Array.from({ length: states }, () => zero), weights, args.bidirectional ? 2 : 1];
  };
  const forward = (inputs: readonly HostTensor[], args: Args): HostTensor => {
    const { output, last } = recurrent(cell, ...unpack(inputs, args));
    const all = [args.batchFirst ? swapped(output) : output, ...last].flatMap((t) => [...t.data]);
    return hostTensor([all.length], all);
  };
  const backward = (dy: HostTensor, inputs: readonly HostTensor[], args: Args): HostTensor[] => {
    const [x, initial, weights, D] = unpack(inputs, args);
    const [T, N] = x.shape;
    const [, , H] = initial[0].shape;
    const size = T * N * D * H;
    const dOutput = hostTensor(args.batchFirst ? [N, T, D * H] : [T, N, D * H], dy.data.slice(0, size));
    const each = weights.length * N * H;
    const last = initial.map((s, i) => hostTensor(s.shape, dy.data.slice(size + i * each, size + (i + 1) * each)));
    const d = recurrentBackward(
      cell,
      { output: args.batchFirst ? swapped(dOutput) : dOutput, last } satisfies Sequence,
      x,
      initial,
      weights,
      D,
    );
    return [args.batchFirst ? swapped(d.dx) : d.dx, ...d.dWeights.flat(), ...(args.state ? d.dStates : [])];
  };
  return { forward, backward };
}

/** Shapes of the inputs of a case. */
function recurrentCase(
  gates: number,
  stateCount: number,
  [T, N, I, H]: readonly number[],
  options: Partial<Args> = {},
): OpCase<Args> {
  const args = { ...PLAIN, ...options };
  const D = args.bidirectional ? 2 : 1;
  const runs = args.layers * D;
  const weights = Array.from({ length: runs }, (_, run) => [
    [gates * H, run < D ? I : D * H],
    [gates * H, H],
    ...(args.bias ? [[gates * H], [gates * H]] : []),
  ]);
  const states = Array.from({ length: args.state ? stateCount : 0 }, () => [runs, N, H]);
  return { shapes: [args.batchFirst ? [N, T, I] : [T, N, I], ...weights.flat(), ...states], args };
}

export const casesOf = (gates: number, states: number): OpCase<Args>[] => {
  const make = (sizes: readonly number[], options?: Partial<Args>): OpCase<Args> =>
    recurrentCase(gates, states, sizes, options);
  return [
    make([1, 1, 1, 1]),
    make([3, 2, 5, 7]), // H no multiple of 4: the plain kernels
    make([1, 1, 3, 4], { state: true }),
    make([5, 3, 2, 8], { state: true, batchFirst: true }), // steps that start off 256 bytes
    make([4, 9, 3, 36], { bias: false }), // more samples than a tile, units past a tile
    { ...make([2, 17, 3, 40]), selfCheck: true }, // 17 samples: a tile of 16 and one more
    make([3, 2, 3, 4], { layers: 2, bidirectional: true, state: true }),
    make([4, 3, 2, 5], { layers: 2, batchFirst: true, state: true }),
    make([3, 1, 4, 3], { bidirectional: true, bias: false }),
    make([2, 0, 3, 4], { state: true }), // no samples
  ];
};

/**
 * As torch.nn.LSTM starts: with larger weights a long sequence is chaotic, and rounding alone decides where it ends.
 */
export const weightDomain = (shapes: readonly (readonly number[])[]): Domain => {
  const bound = 1 / Math.sqrt(shapes[2][1]); // weight_hh is (gates * hidden, hidden)
  return { low: -bound, high: bound };
};

/** T steps of I numbers, B samples, hidden size H: an image of Fashion-MNIST row by row is 28x64x28x128. */
export const atSize =
  (gates: number) =>
  ([T, B, I, H]: readonly number[]): BenchCase<Args> => ({
    shapes: [[T, B, I], [gates * H, I], [gates * H, H], [gates * H], [gates * H]],
    args: { layers: 1, bidirectional: false, batchFirst: false, bias: true, state: false },
    flops: 2 * T * B * gates * H * (I + H),
    sizes: `${T}x${B}x${I}x${H}`,
  });

const lstmReference = reference(lstmCell, 2);
const lstmSpec = defineSpec<Args>({
  op: 'lstm',
  inputs: [
    { name: 'x', domain: UNIT },
    { name: 'w', domain: weightDomain },
  ],
  gpu: (inputs, args) => {
    const { x, weights, states } = parts(inputs, args);
    const { output, h, c } = lstm(x, args.state ? { h: states[0], c: states[1] } : null, named(weights), args);
    return joined([output, h, c]);
  },
  cpu: lstmReference.forward,
  cpuBackward: lstmReference.backward,
  trials: [lstmTrials, lstmBackwardTrials],
  bench: [atSize(4)([28, 64, 28, 128])],
  benchSizes: { letters: 'TxBxIxH', case: atSize(4) },
  cases: casesOf(4, 2),
});

const gruReference = reference(gruCell, 1);
const gruSpec = defineSpec<Args>({
  op: 'gru',
  inputs: [
    { name: 'x', domain: UNIT },
    { name: 'w', domain: weightDomain },
  ],
  gpu: (inputs, args) => {
    const { x, weights, states } = parts(inputs, args);
    const { output, h } = gru(x, args.state ? states[0] : null, named(weights), args);
    return joined([output, h]);
  },
  cpu: gruReference.forward,
  cpuBackward: gruReference.backward,
  trials: [gruTrials, gruBackwardTrials],
  bench: [atSize(3)([28, 64, 28, 128])],
  benchSizes: { letters: 'TxBxIxH', case: atSize(3) },
  cases: casesOf(3, 1),
});

export const recurrentSpecs: readonly OpSpec[] = [lstmSpec, gruSpec];
