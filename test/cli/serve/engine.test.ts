/** What computes for browsers that cannot: opened when it is needed, and anew after it has failed. */
import * as assert from 'uvu/assert';
import { ServeEngine, type EngineParts } from '../../../src/cli/serve/serve_engine.js';
import { encodePng } from '../../../src/data/pictures/png.js';
import { Device } from '../../../src/device/device.js';
import { AdapterError, DataError, GpuError, ModelError } from '../../../src/device/errors.js';
import { buildModel, DEFAULT_INPUT } from '../../../src/nn/models/registry.js';
import { fromFloat32 } from '../../../src/nn/state/safetensors.js';
import type { Checkpoint } from '../../../src/train/checkpoint/checkpoint.js';
import { suite } from '../../support/harness.js';
import { HEADER } from '../../train/fixtures.js';

const test = suite('the engine of weft serve');

const PICTURE = encodePng(new Uint8Array(28 * 28).fill(100), 28, 28);
const CHECKPOINT: Checkpoint = {
  header: HEADER,
  tensors: new Map(
    [...buildModel(HEADER.model, DEFAULT_INPUT).namedParameters()].map(([key, p]) => [
      key,
      fromFloat32(new Float32Array(p.size), p.shape),
    ]),
  ),
  file: 'best.safetensors',
};

/** The engine, the devices that it opens, and the errors of those openings that fail. */
function engineWith(index: EngineParts['index'], failing: Error[] = []): { engine: ServeEngine; devices: Device[] } {
  const devices: Device[] = [];
  const engine = new ServeEngine(
    {
      checkpoints: new Map([
        ['cnn', CHECKPOINT],
        ['again', CHECKPOINT],
      ]),
      index,
    },
    async () => {
      const error = failing.shift();
      if (error !== undefined) throw error;
      devices.push(await Device.create());
      return devices[devices.length - 1];
    },
  );
  return { engine, devices };
}

async function rejects(engine: ServeEngine, bytes: Uint8Array, kind: new (message: string) => Error): Promise<void> {
  const outcome = await engine.answer(bytes).catch((error: unknown) => error);
  assert.instance(outcome, kind);
}

const isDestroyed = async (device: Device): Promise<boolean> => (await device.gpu.lost).reason === 'destroyed';

test('no adapter at first, a bad picture, a lost GPU: the next picture is answered each time', async () => {
  const { engine, devices } = engineWith(null, [new AdapterError('none yet')]);
  try {
    await rejects(engine, PICTURE, AdapterError);
    assert.is((await engine.answer(PICTURE)).top.length, HEADER.classes.length);
    assert.equal(await engine.answer(PICTURE, 'again'), await engine.answer(PICTURE, 'cnn'));
    assert.instance(await engine.answer(PICTURE, 'other').catch((error: unknown) => error), DataError);
    await rejects(engine, PICTURE.subarray(0, 40), DataError);
    await engine.answer(PICTURE);
    assert.is(devices.length, 1, 'a bad picture is no reason to open another device');
    devices[0].gpu.destroy();
    await devices[0].gpu.lost;
    await rejects(engine, PICTURE, GpuError);
    await engine.answer(PICTURE);
    assert.is(devices.length, 2);
  } finally {
    await engine.close();
  }
  assert.ok(await isDestroyed(devices[1]));
});

test('what cannot be opened leaves no device behind', async () => {
  const catalogue = {
    source: { kind: 'pixels', channels: 1, imageSize: 2 },
    count: 3,
    width: 4,
    hashes: [],
    names: [],
    areProducts: false,
    brands: null,
    labels: [],
    pictures: '',
  } as const;
  const { engine, devices } = engineWith({ files: { catalogue, features: new Uint8Array(4), weights: undefined } });
  await rejects(engine, PICTURE, ModelError);
  await rejects(engine, PICTURE, ModelError);
  assert.is(devices.length, 2);
  assert.ok((await isDestroyed(devices[0])) && (await isDestroyed(devices[1])));
});

test.run();
