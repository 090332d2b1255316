/**
 * A whole LSTM layer in one launch as GPUs walk it, forward and backward, against the op one step at a time (which
 * ops.test.ts holds against the loops): one and two directions, with states and without, samples that fill no group,
 * units that are no whole parts, and workgroups as small as WebGPU's defaults make them.
 */
import * as assert from 'uvu/assert';
import { expectClose } from '../../src/cases/close.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import type { Device } from '../../src/device/device.js';
import type { Choice } from '../../src/kernels/launch/family.js';
import { directionOf, directions, type Directions } from '../../src/kernels/recurrent/directions.js';
import { lstm, lstmBackward_ } from '../../src/kernels/recurrent/lstm.js';
import { lstmWalk, lstmWalkBackward } from '../../src/kernels/recurrent/lstm_walk.js';
import { parameterGradients, reverseTime } from '../../src/kernels/recurrent/recurrent.js';
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

/** h of all steps of each direction, last states, gradients of the gates and of the first states: by steps, walked. */
async function bothWays(device: Device, s: Sizes, choice: Choice): Promise<[got: Tensor[], expected: Tensor[]]> {
  const { T, N, H, D, hasState, hasBias } = s;
  let seed = 0;
  const make = (...shape: number[]): Tensor => upload(device, drawTensor(shape, UNIT, ++seed));
  const each = Array.from({ length: D }, (_, d) => d);
  const x = make(T, N, 3);
  const weights = each.map(() => ({
    weightIh: make(4 * H, 3),
    weightHh: make(4 * H, H),
    ...(hasBias ? { biasIh: make(4 * H), biasHh: make(4 * H) } : {}),
  }));
  const hh = weights.map((w) => w.weightHh);
  const initial = hasState ? [make(D, N, H), make(D, N, H)] : [];
  const dy = make(T + 2, N, D * H);
  const walk = lstmWalk(x, initial, weights, choice);
  if (walk === null) throw new Error(`does not fit: ${JSON.stringify(s)}`);
  const back = lstmWalkBackward(walk, hh, dy, choice);

  const inOrder = (t: Tensor, d: number): Tensor => (d === 0 ? t : reverseTime('walk', t));
  const own = each.map((d) => initial.map((state) => directionOf('walk', state, d)));
  const steps = lstm(
    each.map((d) => inOrder(x, d)),
    own,
    weights,
    STEPS,
  );
  const dc = zeros(device, [D, N, H]);
  device.copy(dy.storage, (T + 1) * N * D * H * 4, dc.storage, 0, D * N * H * 4);
  const dgates = lstmBackward_(steps, hh, dy, dc, STEPS);
  const perStep = (t: Tensor, width: number): Tensor => view(t, [T, N, width]);
  const got: Tensor[] = [];
  const expected: Tensor[] = [];
  for (const d of each) {
    got.push(walk.gates.each[d], walk.before.each[d], walk.c.each[d], back.dgates.each[d]);
    const [h, c] = [rows(steps.h.each[d], 0, T), copyFrom(steps.c.each[d], N * H, T)];
    for (const [t, width] of [
      [steps.gates.each[d], 4 * H],
      [h, H],
      [c, H],
      [dgates.each[d], 4 * H],
    ] as const)
      expected.push(inOrder(perStep(t, width), d));
    const last = T * N * D * H + d * N * H;
    got.push(copyFrom(walk.output, last, 1, [N, H]), copyFrom(walk.output, last + N * D * H, 1, [N, H]));
    expected.push(copyFrom(steps.h.each[d], T * N * H, 1, [N, H]), copyFrom(steps.c.each[d], T * N * H, 1, [N, H]));
  }
  if (hasState) {
    got.push(back.states[1]);
    expected.push(dc);
  }
  return [got, expected];
}

/** Elements from `at` on, in memory of their own. */
function copyFrom(x: Tensor, at: number, T: number, shape: readonly number[] = x.shape.slice(1)): Tensor {
  const out = zeros(x.device, T === 1 ? shape : [T, ...shape]);
  x.device.copy(x.storage, x.byteOffset + at * 4, out.storage, 0, out.byteLength);
  return out;
}

async function compare(device: Device, s: Sizes, choice: Choice): Promise<void> {
  const [got, expected] = await bothWays(device, s, choice);
  for (const [i, t] of got.entries()) {
    expectClose({
      op: 'lstm_walk',
      argument: `result ${i}`,
      got: await t.read(),
      expected: Float64Array.from(await expected[i].read()),
      tolerance: 1e-5,
      pair: 'GPU with CPU',
      label: JSON.stringify({ ...s, ...choice }),
    });
  }
}

for (const [way, s] of [
  [
    { ROWS: 1, KEPT: 0 },
    { T: 1, N: 1, H: 4, D: 1, hasState: false, hasBias: false },
  ],
  [
    { ROWS: 2, KEPT: 0 },
    { T: 4, N: 3, H: 8, D: 2, hasState: true, hasBias: true },
  ],
  [
    { ROWS: 4, KEPT: 0 },
    { T: 2, N: 9, H: 20, D: 2, hasState: false, hasBias: true },
  ],
  [
    { ROWS: 8, KEPT: 0 },
    { T: 3, N: 19, H: 12, D: 1, hasState: true, hasBias: false },
  ],
  [
    { ROWS: 2, KEPT: 4 },
    { T: 3, N: 3, H: 64, D: 2, hasState: true, hasBias: true },
  ],
] as const) {
  test(`LSTM, ${JSON.stringify(way)}, ${JSON.stringify(s)}`, async () => {
    await compare(await testDevice(), s, { variant: 'walk', ...way });
  });
}

for (const [T, N, H, I, D, hasBias] of [
  [1, 1, 4, 1, 1, false],
  [3, 5, 68, 7, 2, true],
  [9, 15, 4, 64, 1, true],
] as const) {
  test(`the gradients of all weights at once, T ${T}, N ${N}, H ${H}, I ${I}, D ${D}`, async () => {
    const device = await testDevice();
    const R = 4 * H;
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
    const x = upload(device, drawTensor([T, N, I], UNIT, 99));
    const [xs, hs] = [d.each.map(() => x), before.each];
    const got = weightGradients(d, xs, hs, hasBias, []) as Tensor[];
    const expected = d.each.flatMap((of, i) => {
      const one = (v: Tensor, width: number): (Tensor | null)[] =>
        parameterGradients(of, view(v, [T * N, width]), [true, hasBias], []);
      const [[dwIh, db], [dwHh]] = [one(x, I), one(hs[i], H)];
      return hasBias ? [dwIh, dwHh, db, db] : [dwIh, dwHh];
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
        label: String([T, N, H, I, D]),
      });
    }
  });
}

test.run();
