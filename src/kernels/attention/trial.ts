/** Trials of attention, forward and backward. */
import { view, type Tensor } from '../../tensor/tensor.js';
import { empty } from '../../tensor/tensor.js';
import type { Choice, Family } from '../launch/family.js';
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';
import type { FamilyTrials } from '../launch/trial.js';
import { uniform } from '../random/philox.js';
import { attention, attentionBackward, type Operands } from './attention.js';
import { attention as attentionReference, attentionBackward as backwardReference } from './attention_reference.js';
import { attentionBackwardFamily, attentionFamily, type AttentionProblem } from './family.js';
import { separateHeads, type AttentionSettings } from './heads.js';

function draw(call: number, shape: readonly number[]): HostTensor {
  const size = shape.reduce((n, d) => n * d, 1);
  return hostTensor(
    shape,
    uniform(size, { seed: 5, step: 0, call }).map((u) => Math.fround(2 * u - 1)),
  );
}

const pairsOf = ({ items, heads }: AttentionProblem): number => items * heads;

/** q, k and v; behind them, for backward, dy. */
function inputsOf(problem: AttentionProblem): HostTensor[] {
  const { L, S, E, F } = problem;
  const B = pairsOf(problem);
  return [draw(0, [B, L, E]), draw(1, [B, S, E]), draw(2, [B, S, F]), draw(3, [B, L, F])];
}

const operandsOf = ([q, k, v]: readonly Tensor[], { heads, L, S, E, F }: AttentionProblem): Operands => ({
  q: separateHeads(q, heads, L, E),
  k: separateHeads(k, heads, S, E),
  v: separateHeads(v, heads, S, F),
});

const settingsOf = ({ E }: AttentionProblem): AttentionSettings => ({ scale: E ** -0.5, causal: false, mask: null });

const flopsOf = (problem: AttentionProblem, products: number): number => {
  const { L, S, E, F } = problem;
  return products * pairsOf(problem) * L * S * (E + F);
};

function trialsOf(
  family: Family<AttentionProblem>,
  gpu: (inputs: readonly Tensor[], problem: AttentionProblem, choice: Choice) => Tensor,
  cpu: (inputs: readonly HostTensor[]) => HostTensor,
  products: number,
): FamilyTrials<AttentionProblem> {
  return {
    family,
    trial: (problem) => ({
      inputs: inputsOf(problem),
      gpu: (inputs, choice) => gpu(inputs, problem, choice),
      cpu,
      tolerance: 2e-5,
      flops: flopsOf(problem, products),
      bytes: 4 * pairsOf(problem) * (problem.L + problem.S) * (problem.E + problem.F),
    }),
    small: (p) => ({
      ...p,
      items: Math.min(p.items, 2),
      heads: Math.min(p.heads, 2),
      L: Math.min(p.L, 68 + (p.L % 16)),
      S: Math.min(p.S, 68 + (p.S % 16)),
    }),
    // A small and a large vision transformer, and a longer sequence.
    examples: [
      { items: 8, heads: 3, L: 197, S: 197, E: 64, F: 64, isFours: true },
      { items: 8, heads: 12, L: 197, S: 197, E: 64, F: 64, isFours: true },
      { items: 1, heads: 8, L: 1024, S: 1024, E: 64, F: 64, isFours: true },
    ],
  };
}

function forward(inputs: readonly Tensor[], problem: AttentionProblem, choice?: Choice) {
  const { heads, L, F } = problem;
  const y = empty(inputs[0].device, [pairsOf(problem), L, F]);
  const operands = operandsOf(inputs, problem);
  const settings = settingsOf(problem);
  return {
    y,
    operands,
    settings,
    attended: attention(operands, separateHeads(y, heads, L, F), problem, settings, choice),
  };
}

export const attentionTrials = trialsOf(
  attentionFamily,
  (inputs, problem, choice) => forward(inputs, problem, choice).y,
  ([q, k, v]) => attentionReference(q, k, v, {}),
  2,
);

/** dq, dk and dv as one row: of y made by the default. */
export const attentionBackwardTrials = trialsOf(
  attentionBackwardFamily,
  (inputs, problem, choice) => {
    const { operands, attended, settings } = forward(inputs, problem);
    const { device } = inputs[0];
    const sizes = inputs.slice(0, 3).map((t) => t.size);
    const all = empty(device, [sizes.reduce((n, size) => n + size, 0)]);
    const into = inputs.slice(0, 3).map((t) => empty(device, t.shape));
    const dy = separateHeads(inputs[3], problem.heads, problem.L, problem.F);
    attentionBackward(
      dy,
      operands,
      attended,
      operandsOf(into, problem),
      problem,
      settings,
      { q: true, kv: true },
      choice,
    );
    let at = 0;
    for (const t of into) {
      device.copy(t.storage, t.byteOffset, all.storage, at, t.byteLength);
      at += t.byteLength;
    }
    return view(all, [all.size]);
  },
  ([q, k, v, dy]) => {
    const gradients = backwardReference(dy, q, k, v, {}).slice(0, 3);
    return hostTensor(
      [gradients.reduce((n, g) => n + g.data.length, 0)],
      gradients.flatMap((g) => [...g.data]),
    );
  },
  5,
);
