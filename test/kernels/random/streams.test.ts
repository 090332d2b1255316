/** Streams of one seed: ranks that train together draw different numbers, and go on from the same state. */
import * as assert from 'uvu/assert';
import { manualSeed, rand, randomState, setRandomState, setRandomStream } from '../../../src/kernels/random/random.js';
import { ShapeError } from '../../../src/device/errors.js';
import type { Device } from '../../../src/device/device.js';
import { suite } from '../../support/harness.js';
import { testDevice } from '../../support/gpu.js';

const test = suite('streams of random numbers');

const draw = async (device: Device): Promise<number[]> => [...(await device.step(() => rand(device, [64])).read())];

test('streams differ, and each goes on from a state that all of them share', async () => {
  const device = await testDevice();
  const seed = 2 ** 52 + 12345; // with bits in the high word
  const drawn: number[][][] = [];
  const states: number[][] = [];
  for (const stream of [0, 1, 2047]) {
    manualSeed(device, seed);
    await setRandomStream(device, stream);
    const first = await draw(device);
    const state = await randomState(device);
    const second = await draw(device);
    setRandomState(device, state);
    assert.equal(await draw(device), second, `stream ${stream} goes on`);
    drawn.push([first, second]);
    states.push(state);
    manualSeed(device, seed);
    assert.equal(await draw(device), first, 'a stream stays when the seed is set');
  }
  assert.equal(states[1], states[0], 'the state says nothing of the stream');
  assert.equal(states[2], states[0]);
  assert.is(new Set(drawn.flat(2)).size > 6 * 60, true);
  await setRandomStream(device, 0);
  manualSeed(device, seed);
  assert.equal(await draw(device), drawn[0][0]);
  for (const bad of [-1, 2048, 0.5])
    assert.throws(
      () => setRandomStream(device, bad),
      (error: unknown) => error instanceof ShapeError,
    );
});

test.run();
