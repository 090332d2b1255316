/** Batches that are as large as they fit. */
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/device/errors.js';
import { DEFAULT_INPUT } from '../../src/nn/models/registry.js';
import { autoBatch } from '../../src/train/step/auto_batch.js';
import { withDevice } from '../support/gpu.js';
import { suite } from '../support/harness.js';

const test = suite('auto batch');

test('half of the host’s free memory, 1024 images, eight steps an epoch: whatever is least', () =>
  withDevice({}, async (device) => {
    if (!device.adapter.isSoftware) return; // of a GPU the memory itself is asked for
    const find = (images: number, hostBytes: number): ReturnType<typeof autoBatch> =>
      autoBatch(device, { model: 'mlp' }, DEFAULT_INPUT, images, hostBytes);
    const most = await find(60_000, 2 ** 40);
    assert.is(most.batch, 1024);
    assert.is((await find(800, 2 ** 40)).batch, 64); // 100 would be the eighth part
    assert.is((await find(513, 2 ** 40)).batch, 1); // any other leaves a batch of one image
    const { memory } = most;
    const room = 1.25 * (memory.fixedBytes + 100 * memory.bytesPerImage);
    const some = await find(60_000, 2 * room);
    assert.is(some.batch, 64);
    assert.ok(some.bytes <= room && some.bytes > memory.fixedBytes);
    const none = await find(60_000, 1000).catch((error: unknown) => error);
    assert.instance(none, UsageError);
  }));

test.run();
