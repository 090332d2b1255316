/** Training on pictures that are decoded when they are needed: the same bytes as on those that are on the GPU. */
import * as assert from 'uvu/assert';
import { loadDataset } from '../../src/data/load.js';
import { inCache, twoColours } from '../data/picture_files.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { trainWithStops } from './fixtures.js';

const test = gpuSuite('training on streamed pictures');

test('streamed, from the kept file, and from the GPU, stopped in the middle of an epoch too: one result', async () => {
  const device = await testDevice();
  await inCache(async (folder) => {
    await twoColours(folder, 13);
    const options = { batch: 8, valSplit: 0.2, augment: 'flip,shift=1' };
    const run = async (reading: object, stops: readonly number[] = []): ReturnType<typeof trainWithStops> =>
      trainWithStops(device, options, stops, (await loadDataset(folder, { imageSize: 8, ...reading })).train);
    const whole = await run({});
    assert.is(whole.result.dataWait, null, 'all are on the GPU');
    for (const reading of [{ memory: 0 }, { stream: true, memory: 0 }, { stream: true, memory: 1 / 256 }]) {
      const other = await run(reading);
      assert.equal({ ...other, result: null }, { ...whole, result: null }, JSON.stringify(reading));
      const { dataWait } = other.result;
      if (dataWait === null)
        assert.not(device.adapter.isSoftware); // a GPU is given the kept file once
      else assert.ok(dataWait.seconds >= 0 && dataWait.share >= 0 && dataWait.share <= 1, JSON.stringify(dataWait));
    }
    const stopped = await run({ stream: true, memory: 0 }, [1, 3]);
    assert.equal({ ...stopped, result: null }, { ...whole, result: null }, 'stopped after 1 and 3 more steps');
  });
});

test.run();
