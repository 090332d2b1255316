/** A resumed run computes with the choices that it began with, whatever the tuner has found since. */
import * as assert from 'uvu/assert';
import { InterruptedError } from '../../src/device/errors.js';
import { readCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import { train } from '../../src/train/trainer.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun } from './fixtures.js';

const test = gpuSuite('tuned choices of a run');

test('they are in its checkpoints, and come back when it is resumed', async () => {
  const device = await testDevice();
  const own = { 'nonesuch N1': { variant: 'a', TILE: 8 } };
  try {
    await inRun(async (files) => {
      device.choices.replace(own);
      const stopped = await train(device, CONFIG, GARMENTS, files, { interrupted: () => 130 }).catch(
        (error: unknown) => error,
      );
      assert.instance(stopped, InterruptedError);
      const resume = await readCheckpoint(files.last);
      assert.equal(resume.header.choices, own);

      device.choices.replace({ 'nonesuch N1': { variant: 'b' }, 'nonesuch N2': { variant: 'b' } });
      await train(device, { ...CONFIG, epochs: 1 }, GARMENTS, files, {}, resume);
      assert.equal(device.choices.record(), own);
      assert.equal((await readCheckpoint(files.best)).header.choices, own);

      const { choices, ...older } = resume.header;
      await train(device, { ...CONFIG, epochs: 1 }, GARMENTS, files, {}, { ...resume, header: older });
      assert.equal([choices, device.choices.record()], [own, {}], 'a run that recorded none ran with the defaults');
    });
  } finally {
    device.choices.replace({});
  }
});

test.run();
