/**
 * Recurrent layers stacked, as loops. Letters: T steps, N samples, I features, H hidden units, L layers, D directions.
 * A cell says what one sample does in one step; everything else is the same for all kinds.
 */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

/** w_ih (G H, I), w_hh (G H, H), b_ih and b_hh (G H), or no biases. */
export type CellWeights = readonly HostTensor[];
/** The numbers of one sample: x, or a state. */
export type Vector = Float64Array;

/** Gradients of one step: of x, of the states before it; those of the weights are added to `dw`. */
export interface CellGradient {
  readonly dx: Vector;
  readonly dStates: readonly Vector[];
}

export interface Cell {
  /** The states after a step; the first is the layer's output. */
  readonly forward: (x: Vector, states: readonly Vector[], w: CellWeights) => Vector[];
  readonly backward: (
    dStates: readonly Vector[],
    x: Vector,
    states: readonly Vector[],
    w: CellWeights,
    dw: readonly HostTensor[],
  ) => CellGradient;
}

/** W v + b. */
export function affine(w: HostTensor, v: Vector, b?: HostTensor): Vector {
  const [rows, columns] = w.shape;
  const y = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    y[r] = b === undefined ? 0 : b.data[r];
    for (let k = 0; k < columns; k++) y[r] += w.data[r * columns + k] * v[k];
  }
  return y;
}

/** dv = Wᵀ d; adds d vᵀ to dw and d to db. */
export function affineBackward(d: Vector, w: HostTensor, v: Vector, dw: HostTensor, db?: HostTensor): Vector {
  const [rows, columns] = w.shape;
  const dv = new Float64Array(columns);
  for (let r = 0; r < rows; r++) {
    if (db !== undefined) db.data[r] += d[r];
    for (let k = 0; k < columns; k++) {
      dw.data[r * columns + k] += d[r] * v[k];
      dv[k] += d[r] * w.data[r * columns + k];
    }
  }
  return dv;
}

export interface Sequence {
  /** (T, N, D H). */
  readonly output: HostTensor;
  /** (L D, N, H) each. */
  readonly last: readonly HostTensor[];
}

export interface SequenceGradient {
  readonly dx: HostTensor;
  /** As the initial states. */
  readonly dStates: readonly HostTensor[];
  readonly dWeights: readonly (readonly HostTensor[])[];
}

/** The i-th vector of `size` numbers. */
const vector = (t: HostTensor, i: number, size: number): Vector => t.data.subarray(i * size, (i + 1) * size);

/** Inputs of every layer, and of every layer and direction the states before each step: what backward walks over. */
interface Trace {
  readonly inputs: HostTensor[];
  /** [layer and direction][step][sample]: the states before the step. */
  readonly states: Vector[][][][];
}

function walk(
  cell: Cell,
  x: HostTensor,
  initial: readonly HostTensor[],
  weights: readonly CellWeights[],
  D: number,
): Sequence & Trace {
  const [T, N] = x.shape;
  const H = weights[0][1].shape[1];
  const inputs = [x];
  const states: Vector[][][][] = [];
  const last = initial.map(() => hostTensor([weights.length, N, H]));
  for (const [run, w] of weights.entries()) {
    const [layer, d] = [Math.floor(run / D), run % D];
    const input = inputs[layer];
    const output = (inputs[layer + 1] ??= hostTensor([T, N, D * H]));
    let now = Array.from({ length: N }, (_, n) => initial.map((s) => vector(s, run * N + n, H)));
    states[run] = [];
    for (let step = 0; step < T; step++) {
      const t = d === 0 ? step : T - 1 - step;
      states[run].push(now);
      now = now.map((before, n) => cell.forward(vector(input, t * N + n, input.shape[2]), before, w));
      for (let n = 0; n < N; n++) output.data.set(now[n][0], (t * N + n) * D * H + d * H);
    }
    for (let n = 0; n < N; n++) for (const [i, s] of last.entries()) s.data.set(now[n][i], (run * N + n) * H);
  }
  return { output: inputs[inputs.length - 1], last, inputs, states };
}

/**
 * @param initial the states before the first step, (L D, N, H) each. @param weights l0, l0_reverse, l1, … @param D
 * directions.
 */
export function recurrent(
  cell: Cell,
  x: HostTensor,
  initial: readonly HostTensor[],
  weights: readonly CellWeights[],
  D: number,
): Sequence {
  const { output, last } = walk(cell, x, initial, weights, D);
  return { output, last };
}

/** Gradients from those of `output` and of the last states. */
export function recurrentBackward(
  cell: Cell,
  dy: Sequence,
  x: HostTensor,
  initial: readonly HostTensor[],
  weights: readonly CellWeights[],
  D: number,
): SequenceGradient {
  const [T, N] = x.shape;
  const H = weights[0][1].shape[1];
  const { inputs, states } = walk(cell, x, initial, weights, D);
  const dWeights = weights.map((w) => w.map((t) => hostTensor(t.shape)));
  const dInitial = initial.map((s) => hostTensor(s.shape));
  const dInputs = inputs.map((t) => hostTensor(t.shape));
  dInputs[dInputs.length - 1].data.set(dy.output.data);
  for (let run = weights.length - 1; run >= 0; run--) {
    const [layer, d] = [Math.floor(run / D), run % D];
    const I = inputs[layer].shape[2];
    for (let n = 0; n < N; n++) {
      let dStates: readonly Vector[] = dy.last.map((s) => vector(s, run * N + n, H));
      for (let step = T - 1; step >= 0; step--) {
        const t = d === 0 ? step : T - 1 - step;
        const from = dInputs[layer + 1].data.subarray((t * N + n) * D * H + d * H);
        const total = dStates.map((s, i) => (i === 0 ? s.map((v, j) => v + from[j]) : s));
        const gradient = cell.backward(
          total,
          vector(inputs[layer], t * N + n, I),
          states[run][step][n],
          weights[run],
          dWeights[run],
        );
        gradient.dx.forEach((v, i) => (dInputs[layer].data[(t * N + n) * I + i] += v));
        dStates = gradient.dStates;
      }
      for (const [i, s] of dInitial.entries()) s.data.set(dStates[i], (run * N + n) * H);
    }
  }
  return { dx: dInputs[0], dStates: dInitial, dWeights };
}
