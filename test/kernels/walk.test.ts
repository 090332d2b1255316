/**
 * A whole recurrent layer in one launch as GPUs walk it, forward and backward, against the op one step at a time (which
 * ops.test.ts holds against the loops): one and two directions, with states and without, samples that fill no group,
 * units that are no whole parts, and workgroups as small as WebGPU's defaults make them.
 */
import * as assert from 'uvu/assert';
import { expectClose } from '../../src/cases/close.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import type { Device } from '../../src/device/device.js';
import { binary } from '../../src/kernels/elementwise/binary.js';
import type { Choice } from '../../src/kernels/launch/family.js';
import { matmul } from '../../src/kernels/matmul/matmul.js';
import { stridedCopyInto } from '../../src/kernels/movement/strided_copy.js';
import { directionOf, directions, type Directions } from '../../src/kernels/recurrent/directions.js';
import { gru, gruBackward } from '../../src/kernels/recurrent/gru.js';
import { gruWalk } from '../../src/kernels/recurrent/gru_walk.js';
import { walkLayer, walkLayerBackward, type WalkKind } from '../../src/kernels/recurrent/layer_walk.js';
import { lstm, lstmBackward_ } from '../../src/kernels/recurrent/lstm.js';
import { lstmWalk } from '../../src/kernels/recurrent/lstm_walk.js';
import { parameterGradients, reverseTime, type RecurrentWeights } from '../../src/kernels/recurrent/recurrent.js';
import { constantsOf, rnn, rnnBackward, type Nonlinearity } from '../../src/kernels/recurrent/rnn.js';
import { rnnWalk } from '../../src/kernels/recurrent/rnn_walk.js';
import { weightGradients } from '../../src/kernels/recurrent/weight_gradients.js';
import { rows, view, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('walk');
const STEPS: Choice = { variant: 'naive' };

interface Sizes {
  readonly T: number;
  readonly N: number;
  readonly H: number;
  readonly D: number;
  readonly hasState: boolean;
  readonly hasBias: boolean;
}

/** What steps make of each direction, in the order of its steps. */
interface BySteps {
  /** Slots of each state (T + 1, N, H), h first. */
  readonly states: readonly Directions[];
  readonly dx: Directions;
  readonly dh: Directions;
  /** (D, N, H) of the first states, that of h without what comes through dh; null for zeros. */
  readonly first: readonly (Tensor | null)[];
}

interface Kind {
  readonly walk: WalkKind;
  readonly constants?: Readonly<Record<string, number>>;
  readonly bySteps: (
    x: readonly Tensor[],
    states: readonly (readonly Tensor[])[],
    weights: readonly RecurrentWeights[],
    dy: Tensor,
    dLast: readonly Tensor[],
  ) => BySteps;
}

const hhOf = (weights: readonly RecurrentWeights[]): Tensor[] => weights.map((w) => w.weightHh);

const plain = (nonlinearity: Nonlinearity): Kind => ({
  walk: rnnWalk,
  constants: constantsOf(nonlinearity),
  bySteps: (x, states, weights, dy) => {
    const h = rnn(x, states, weights, nonlinearity);
    const d = rnnBackward(h, hhOf(weights), dy, nonlinearity);
    return { states: [h], dx: d, dh: d, first: [null] };
  },
});

const KINDS: Readonly<Record<string, Kind>> = {
  LSTM: {
    walk: lstmWalk,
    bySteps: (x, states, weights, dy, [, dc]) => {
      const run = lstm(x, states, weights, STEPS);
      const d = lstmBackward_(run, hhOf(weights), dy, dc, STEPS);
      return { states: [run.h, run.c], dx: d, dh: d, first: [null, dc] };
    },
  },
  GRU: {
    walk: gruWalk,
    bySteps: (x, states, weights, dy) => {
      const run = gru(x, states, weights, STEPS);
      const { dxSums, dhSums, dh } = gruBackward(run, hhOf(weights), dy, STEPS);
      return { states: [run.h], dx: dxSums, dh: dhSums, first: [dh] };
    },
  },
  'RNN of tanh': plain('tanh'),
  'RNN of ReLU': plain('relu'),
};

/** All that a layer leaves and gives back, walked and by steps. */
function bothWays(device: Device, kind: Kind, s: Sizes, choice: Choice): [got: Tensor[], expected: Tensor[]] {
  const { walk, constants } = kind;
  const { T, N, H, D, hasState, hasBias } = s;
  const R = walk.gates * H;
  let seed = 0;
  const make = (...shape: number[]): Tensor => upload(device, drawTensor(shape, UNIT, ++seed));
  const each = Array.from({ length: D }, (_, d) => d);
  const x = make(T, N, 3);
  const weights = each.map(() => ({
    weightIh: make(R, 3),
    weightHh: make(R, H),
    ...(hasBias ? { biasIh: make(R), biasHh: make(R) } : {}),
  }));
  const initial = hasState ? Array.from({ length: walk.states }, () => make(D, N, H)) : [];
  const dy = make(T + walk.states, N, D * H);
  const walked = walkLayer(walk, x, initial, weights, choice, constants);
  if (walked === null) throw new Error(`does not fit: ${JSON.stringify(s)}`);
  const back = walkLayerBackward(walk, walked, hhOf(weights), dy, choice, constants);

  const inOrder = (t: Tensor, d: number): Tensor => (d === 0 ? t : reverseTime('walk', t));
  const slot = D * N * H;
  const lastOf = (t: Tensor, i: number): Tensor => copyFrom(t, (T + i) * slot, [D, N, H]);
  const steps = kind.bySteps(
    each.map((d) => inOrder(x, d)),
    each.map((d) => initial.map((state) => directionOf('walk', state, d))),
    weights,
    dy,
    Array.from({ length: walk.states }, (_, i) => lastOf(dy, i)),
  );
  const got: Tensor[] = [];
  const expected: Tensor[] = [];
  for (const d of each) {
    got.push(walked.before.each[d], back.dx.each[d], back.dh.each[d]);
    expected.push(inOrder(rows(steps.states[0].each[d], 0, T), d));
    for (const of of [steps.dx, steps.dh]) expected.push(inOrder(view(of.each[d], [T, N, R]), d));
    for (const [i, slots] of steps.states.entries()) {
      got.push(directionOf('walk', lastOf(walked.output, i), d));
      expected.push(copyFrom(slots.each[d], T * N * H, [N, H]));
    }
    for (const [i, direct] of (hasState ? steps.first : []).entries()) {
      const own = direct && directionOf('walk', direct, d);
      const through = matmul(copyFrom(steps.dh.each[d], 0, [N, R]), weights[d].weightHh);
      got.push(directionOf('walk', back.first[i], d));
      expected.push(i > 0 && own ? own : own ? binary('add', through, own) : through);
    }
  }
  return [got, expected];
}

/** Elements from `at` on, in memory of their own. */
function copyFrom(x: Tensor, at: number, shape: readonly number[]): Tensor {
  const out = zeros(x.device, shape);
  x.device.copy(x.storage, x.byteOffset + at * 4, out.storage, 0, out.byteLength);
  return out;
}

async function compare(device: Device, kind: Kind, s: Sizes, choice: Choice): Promise<void> {
  const [got, expected] = bothWays(device, kind, s, choice);
  for (const [i, t] of got.entries()) {
    expectClose({
      op: `${kind.walk.name}_walk`,
      argument: `result ${i}`,
      got: await t.read(),
      expected: Float64Array.from(await expected[i].read()),
      tolerance: 1e-5,
      pair: 'GPU with CPU',
      label: JSON.stringify({ ...s, ...choice }),
    });
  }
}

/** Each with the kinds that it is for: a walk takes lavapipe seconds to compile. */
for (const [names, way, s] of [
  [Object.keys(KINDS), { ROWS: 1, KEPT: 0 }, { T: 1, N: 1, H: 4, D: 1, hasState: false, hasBias: false }],
  [Object.keys(KINDS), { ROWS: 2, KEPT: 0 }, { T: 4, N: 3, H: 8, D: 2, hasState: true, hasBias: true }],
  [['LSTM', 'RNN of tanh'], { ROWS: 4, KEPT: 0 }, { T: 2, N: 9, H: 20, D: 2, hasState: false, hasBias: true }],
  [['GRU', 'LSTM'], { ROWS: 8, KEPT: 0 }, { T: 3, N: 19, H: 12, D: 1, hasState: true, hasBias: false }],
  [['LSTM', 'GRU', 'RNN of ReLU'], { ROWS: 2, KEPT: 4 }, { T: 3, N: 3, H: 64, D: 2, hasState: true, hasBias: true }],
] as const) {
  for (const name of names)
    test(`${name}, ${JSON.stringify(way)}, ${JSON.stringify(s)}`, async () => {
      await compare(await testDevice(), KINDS[name], s, { variant: 'walk', ...way });
    });
}

for (const [T, N, H, I, D, hasBias, gates] of [
  [1, 1, 4, 1, 1, false, 4],
  [3, 5, 68, 7, 2, true, 4],
  [9, 15, 4, 64, 1, true, 4],
  [2, 3, 4, 5, 2, true, 3],
  [3, 5, 68, 7, 2, false, 3],
  [2, 9, 192, 140, 1, true, 3],
  [3, 7, 8, 3, 2, true, 1],
] as const) {
  test(`the gradients of all weights at once, T ${T}, N ${N}, H ${H}, I ${I}, D ${D}, ${gates} gates`, async () => {
    const device = await testDevice();
    const R = gates * H;
    let seed = 20;
    const fill = (shape: readonly number[]): Directions => {
      const all = directions(device, D, shape);
      for (const t of all.each) {
        const drawn = upload(device, drawTensor(shape, UNIT, ++seed));
        device.copy(drawn.storage, 0, t.storage, t.byteOffset, t.byteLength);
      }
      return all;
    };
    const [d, before] = [fill([T, N, R]), fill([T, N, H])];
    const dh = gates === 3 ? lastGateOf(d, fill([T, N, R]), H) : d;
    const x = upload(device, drawTensor([T, N, I], UNIT, 99));
    const [xs, hs] = [d.each.map(() => x), before.each];
    const got = weightGradients(d, dh, xs, hs, hasBias, []) as Tensor[];
    const expected = d.each.flatMap((of, i) => {
      const one = (from: Tensor, v: Tensor, width: number): (Tensor | null)[] =>
        parameterGradients(from, view(v, [T * N, width]), [true, hasBias], []);
      const [[dwIh, dbIh], [dwHh, dbHh]] = [one(of, x, I), one(dh.each[i], hs[i], H)];
      return hasBias ? [dwIh, dwHh, dbIh, dbHh] : [dwIh, dwHh];
    });
    assert.is(got.length, expected.length);
    for (const [i, t] of got.entries()) {
      assert.equal(t.shape, expected[i]?.shape);
      expectClose({
        op: 'recurrent_weights',
        argument: `result ${i}`,
        got: await t.read(),
        expected: Float64Array.from(await (expected[i] as Tensor).read()),
        tolerance: 1e-5,
        pair: 'GPU with CPU',
        label: String([T, N, H, I, D, gates]),
      });
    }
  });
}

/** As a GRU has them: the columns of the last gate are those of `other`, all before them those of d. */
function lastGateOf(d: Directions, other: Directions, H: number): Directions {
  const [T, N, R] = d.each[0].shape;
  for (const [i, to] of other.each.entries())
    stridedCopyInto('walk', [T * N, R - H], d.each[i], { offset: 0, strides: [R, 1] }, to, {
      offset: 0,
      strides: [R, 1],
    });
  return other;
}

test.run();
