/**
 * Whole sequences in one launch, in both directions, against one step at a time (which launch/families.test.ts holds
 * against the loops): forward and backward, one step, few samples, more than a group of them; with x as a product of
 * its own and, where units and features are whole tiles and vec4s, in the sums of the LSTM's member.
 */
import type { Device } from '../../src/device/device.js';
import { expectClose } from '../../src/cases/close.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import { hasFittingSubgroups } from '../../src/kernels/matmul/family.js';
import type { Choice } from '../../src/kernels/launch/family.js';
import { gru, gruBackward } from '../../src/kernels/recurrent/gru.js';
import { lstm, lstmBackward_ } from '../../src/kernels/recurrent/lstm.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('sequence');
/** So many features have no biases. */
const NO_BIAS = 12;
const STEPS: Choice = { variant: 'naive' };

/** All that forward and backward of two directions leave, h first. */
function results(device: Device, op: 'lstm' | 'gru', [T, N, H, I]: readonly number[], choice: Choice): Tensor[] {
  let seed = 0;
  const make = (...shape: number[]): Tensor => upload(device, drawTensor(shape, UNIT, ++seed));
  const gates = op === 'lstm' ? 4 : 3;
  const two = [0, 1];
  const x = two.map(() => make(T, N, I));
  const weights = two.map(() => ({
    weightIh: make(gates * H, I),
    weightHh: make(gates * H, H),
    ...(I === NO_BIAS ? {} : { biasIh: make(gates * H), biasHh: make(gates * H) }),
  }));
  const states = two.map(() => Array.from({ length: gates - 2 }, () => make(N, H)));
  const hh = weights.map((w) => w.weightHh);
  if (op === 'gru') {
    const own = states.map(([h]) => [h]);
    const run = gru(x, own, weights, choice);
    const d = gruBackward(gru(x, own, weights, STEPS), hh, make(T + 1, N, 2 * H), choice);
    return [...run.h.each, ...run.gates.each, ...d.dxSums.each, ...d.dhSums.each, d.dh];
  }
  const run = lstm(x, states, weights, choice);
  const [dy, dc] = [make(T + 2, N, 2 * H), make(2, N, H)];
  const d = lstmBackward_(lstm(x, states, weights, STEPS), hh, dy, dc, choice);
  return [...run.h.each, ...run.c.each, ...run.gates.each, ...d.each, dc];
}

for (const op of ['lstm', 'gru'] as const) {
  for (const sizes of [
    [1, 1, 4, 3],
    [4, 3, 8, 3],
    [2, 33, 68, 3],
    [3, 19, 64, 40],
    [2, 3, 32, NO_BIAS],
  ]) {
    test(`${op}, both directions, T ${sizes[0]}, N ${sizes[1]}, H ${sizes[2]}, I ${sizes[3]}`, async () => {
      const device = await testDevice();
      if (!hasFittingSubgroups(device)) return;
      const expected = results(device, op, sizes, STEPS);
      const got = results(device, op, sizes, { variant: 'sequence', ROWS: 16 });
      for (const [i, t] of got.entries()) {
        expectClose({
          op,
          argument: `result ${i}`,
          got: await t.read(),
          expected: Float64Array.from(await expected[i].read()),
          tolerance: 1e-5,
          pair: 'GPU with CPU',
          label: String(sizes),
        });
      }
    });
  }
}

test.run();
