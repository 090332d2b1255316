/** What was taught, taken home: the same probabilities as a run, as ONNX, and by the command line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import * as assert from 'uvu/assert';
import { noGrad } from '../../src/autograd/graph.js';
import type { RgbaImage } from '../../src/data/pictures/rgba_image.js';
import type { Device } from '../../src/device/device.js';
import { ModelError } from '../../src/device/errors.js';
import { Classifier } from '../../src/inference/classifier.js';
import { classifierOnnx } from '../../src/inference/classifier_onnx.js';
import { publishedCheckpoint } from '../../src/inference/published_weights.js';
import { readOnnxModel } from '../../src/onnx/read/read_onnx_model.js';
import { Backbone } from '../../src/teach/backbone.js';
import { headProbabilities, softmaxOf } from '../../src/teach/head.js';
import { taughtCheckpoint, taughtRun } from '../../src/teach/taught_run.js';
import { trainHead, type TrainedHead } from '../../src/teach/train_head.js';
import { tensor } from '../../src/tensor/tensor.js';
import { parseCheckpoint, type Checkpoint } from '../../src/train/checkpoint/checkpoint.js';
import { weft } from '../cli/weft.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { freshCheckpoint, garmentPictures } from './fixtures.js';

const test = gpuSuite('taught run');
const CLASSES = ['trousers', 'bag', 'boot; <b>"'];

interface Taught {
  readonly backbone: Checkpoint;
  readonly trained: TrainedHead;
  readonly images: readonly RgbaImage[];
  readonly inputs: readonly Float32Array[];
  /** What the head says of each picture. */
  readonly said: readonly (readonly number[])[];
}

async function teach(device: Device, checkpoint: Checkpoint): Promise<Taught> {
  const backbone = new Backbone(device, checkpoint);
  try {
    const pictures = garmentPictures([1, 8, 9], 5);
    const inputs = pictures.map(({ image }) => backbone.input(image));
    const features = await backbone.features(inputs);
    const rows = pictures.map((p, i) => ({ class: p.class, features: features[i] }));
    const trained = await trainHead(device, rows, CLASSES, { epochs: 20, seed: 9 });
    const said = features.map((f) => headProbabilities(trained.head, f));
    return { backbone: checkpoint, trained, images: pictures.map((p) => p.image), inputs, said };
  } finally {
    backbone.release();
  }
}

const close = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.from(a).every((v, i) => Math.abs(v - b[i]) < 1e-4);

for (const [model, linearHead] of [
  ['lenet5', undefined],
  ['squeezenet1_1', true],
] as const)
  test(`${model}: its file, as it is and as a page hands it out, and its ONNX file say the same`, async () => {
    const device = await testDevice();
    const { backbone, trained, inputs, said } = await teach(device, await freshCheckpoint(device, model));
    const checkpoint = taughtCheckpoint(backbone, { classes: CLASSES, head: trained.head }, trained.report);
    assert.is(checkpoint.header.config.linearHead, linearHead);
    const file = taughtRun(checkpoint, trained.report, trained.seconds).get('best.safetensors') as Uint8Array;
    const read = parseCheckpoint(file, 'best.safetensors');
    assert.equal(read.header, checkpoint.header);
    for (const one of [read, parseCheckpoint(publishedCheckpoint(read), 'model.safetensors')]) {
      const classifier = new Classifier(device, one);
      for (const [i, input] of inputs.slice(0, 4).entries())
        assert.ok(close(await classifier.probabilities(input), said[i]), `picture ${i}`);
      classifier.release();
    }
    const onnx = readOnnxModel(await classifierOnnx(checkpoint), 'taught.onnx');
    const network = onnx
      .build({ ...checkpoint.header.input })
      .to(device)
      .eval();
    try {
      const { channels, height, width } = checkpoint.header.input;
      const x = tensor(device, inputs[6], { shape: [1, channels, height, width] });
      const logits = device.step(() => noGrad(() => network.forward(x)));
      assert.ok(close(softmaxOf((await logits.read()) as Float32Array), said[6]), 'ONNX');
      for (const t of [x, logits]) t.release();
    } finally {
      network.release();
    }
  });

test('the folder is one that weft predict takes, and its summary is one', async () => {
  const device = await testDevice();
  const { backbone, trained, images, said } = await teach(device, await freshCheckpoint(device));
  const checkpoint = taughtCheckpoint(backbone, { classes: CLASSES, head: trained.head }, trained.report);
  const folder = mkdtempSync(join(tmpdir(), 'weft-taught-'));
  try {
    for (const [name, bytes] of taughtRun(checkpoint, trained.report, 1.5)) writeFileSync(join(folder, name), bytes);
    const { width, height, data } = images[12];
    await sharp(data, { raw: { width, height, channels: 4 } })
      .png()
      .toFile(join(folder, 'boot.png'));
    const { code, stdout, stderr } = await weft(['predict', '.', 'boot.png', '--json'], { cwd: folder });
    assert.is(code, 0, stderr);
    const [{ top }] = (JSON.parse(stdout) as { answers: { top: { class: string; probability: number }[] }[] }).answers;
    const found = CLASSES.map((name) => top.find((t) => t.class === name)?.probability ?? NaN);
    assert.ok(close(found, said[12]), `${found.join()} by the command, ${said[12].join()} when it was taught`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('another backbone than the classes were taught on is refused', async () => {
  const device = await testDevice();
  const { trained } = await teach(device, await freshCheckpoint(device));
  const other = await freshCheckpoint(device, 'convbn');
  assert.throws(
    () => taughtCheckpoint(other, { classes: CLASSES, head: trained.head }, trained.report),
    (e: unknown) => e instanceof ModelError && /128 features, the classes were taught on 84/.test(e.message),
  );
});

test.run();
