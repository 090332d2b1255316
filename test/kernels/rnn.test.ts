/** The plain recurrent layer: against the reference; a NaN that stays; past the binding limit. */
import * as assert from 'uvu/assert';
import { rnn } from '../../src/autograd/ops/index.js';
import { checkForward, checkGradients } from '../support/check_op.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import { specOf } from '../../src/cases/index.js';

const test = gpuSuite('rnn');

test('a NaN reaches the rest of its sample, and no other', async () => {
  const device = await testDevice();
  for (const nonlinearity of ['tanh', 'relu'] as const) {
    const x = drawTensor([3, 2, 4], UNIT, 1);
    x.data[1 * 8 + 4] = NaN; // step 1, sample 1
    const [weightIh, weightHh] = [
      upload(device, drawTensor([5, 4], UNIT, 2)),
      upload(device, drawTensor([5, 5], UNIT, 3)),
    ];
    const { output } = rnn(upload(device, x), null, [{ weightIh, weightHh }], { nonlinearity });
    const isNaNs = [...(await output.read())].map(Number.isNaN);
    assert.equal(
      isNaNs,
      Array.from({ length: 30 }, (_, i) => i >= 10 && i % 10 >= 5),
      nonlinearity,
    );
  }
});

test('sequences past the binding limit', async () => {
  const spec = specOf('rnn');
  const args = { layers: 1, bidirectional: false, batchFirst: false, bias: true, state: true };
  const c = { shapes: [[80, 3, 4], [33, 4], [33, 33], [33], [33], [1, 3, 33]], args };
  await withDevice({ maxBindingBytes: 16384 }, async (device) => {
    await checkForward(device, spec, c);
    await checkGradients(device, spec, c);
  });
});

test.run();
