/** Backbone, head and what is unlike, together: from pictures to answers that can be kept. */
import * as assert from 'uvu/assert';
import { DataError } from '../../src/device/errors.js';
import { Classifier } from '../../src/inference/classifier.js';
import { hostRandom } from '../../src/data/host_random.js';
import { Backbone } from '../../src/teach/backbone.js';
import { headProbabilities } from '../../src/teach/head.js';
import { trainHead } from '../../src/teach/train_head.js';
import { answer, checkTaught, taughtOf, type Taught } from '../../src/teach/taught.js';
import { keepFeatures, likenessOf, quantile } from '../../src/teach/unlike.js';
import { toFloat32 } from '../../src/nn/state/safetensors.js';
import type { RawTensor } from '../../src/nn/state/raw_tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { clouds, freshCheckpoint, garmentPictures } from './fixtures.js';

const test = gpuSuite('taught classes');

for (const model of ['lenet5', 'convbn'])
  test(`${model}: features through the checkpoint's own head are what its classifier says`, async () => {
    const device = await testDevice();
    const checkpoint = await freshCheckpoint(device, model);
    const backbone = new Backbone(device, checkpoint);
    const classifier = new Classifier(device, checkpoint);
    const own = (part: string): Float32Array => {
      const key = `${model === 'lenet5' ? 'fc3' : 'fc'}.${part}`;
      return toFloat32(checkpoint.tensors.get(key) as RawTensor, key, 'fresh');
    };
    try {
      // 7 pictures: batches of 4, 2 and 1
      const inputs = garmentPictures([0, 3, 5], 3)
        .slice(0, 7)
        .map(({ image }) => backbone.input(image));
      const features = await backbone.features(inputs);
      assert.equal(
        features.map((f) => f.length),
        new Array(7).fill(backbone.width),
      );
      const all = await classifier.rankAll(inputs);
      const head = { width: backbone.width, weight: own('weight'), bias: own('bias') };
      for (const [i, f] of features.entries()) {
        const said = headProbabilities(head, f);
        for (const { class: name, probability } of all[i])
          assert.ok(
            Math.abs(said[checkpoint.header.classes.indexOf(name)] - probability) < 1e-5,
            `picture ${i}, ${name}`,
          );
      }
      assert.equal(await backbone.features([]), []);
    } finally {
      backbone.release();
      classifier.release();
    }
  });

test('drawn garments are taught and told apart, and what answers survives being kept', async () => {
  const device = await testDevice();
  const backbone = new Backbone(device, await freshCheckpoint(device));
  const classes = ['trousers', 'bag', '<b>boot</b>'];
  try {
    const rowsOf = async (each: number, seed: number): Promise<{ class: number; features: Float32Array }[]> => {
      const pictures = garmentPictures([1, 8, 9], each, seed);
      const features = await backbone.features(pictures.map(({ image }) => backbone.input(image)));
      return pictures.map((p, i) => ({ class: p.class, features: features[i] }));
    };
    const rows = await rowsOf(30, 5);
    const trained = await trainHead(device, rows, classes, { epochs: 60 });
    const taught = taughtOf(rows, classes, trained);
    const kept = checkTaught(structuredClone(taught));
    const shown = await rowsOf(20, 6);
    const answers = shown.map(({ features }) => answer(kept, features));
    const right = answers.filter((a, i) => a.class === shown[i].class).length;
    assert.ok(right >= 52, `${right} of 60`);
    assert.ok(trained.report.accuracy > 0.9, `${trained.report.accuracy} out of fold`);
    assert.equal(answers[3], answer(taught, shown[3].features));
    assert.is(answer(kept, shown[3].features, 1.01).isNone, true);
    assert.is(answer(kept, shown[3].features, 0).isNone, false);
    assert.ok(answer(kept, rows[7].features).likeness.distance < 1e-6);
    assert.is(answer(kept, rows[7].features).likeness.nearest, 7);
  } finally {
    backbone.release();
  }
});

test('what was kept is looked at before it answers', async () => {
  const rows = clouds([6, 6], 3, 0.3);
  const taught = taughtOf(rows, ['a', 'b'], await trainHead(await testDevice(), rows, ['a', 'b'], { epochs: 3 }));
  checkTaught(taught);
  const broken: unknown[] = [
    null,
    {},
    { ...taught, form: 'weft-taught-0' },
    { ...taught, classes: ['a'] },
    { ...taught, classes: ['a', 7] },
    { ...taught, head: { ...taught.head, weight: new Float32Array(5) } },
    { ...taught, head: { ...taught.head, bias: [0, 0] } },
    { ...taught, kept: { ...taught.kept, rows: new Float32Array(7) } },
    { ...taught, kept: { ...taught.kept, threshold: NaN } },
    { ...taught, noneBelow: undefined },
  ] satisfies (Partial<Record<keyof Taught, unknown>> | null)[];
  for (const [n, one] of broken.entries())
    assert.throws(
      () => checkTaught(one),
      (e: unknown) => e instanceof DataError && /again/.test(String(e.fix)),
      `${n}`,
    );
});

test('unlike: about 2 % of the kinds that were learnt, and nearly all of others that are far', () => {
  const random = hostRandom(1, 2);
  /** Around one of four directions, in 16 dimensions. */
  const around = (kind: number): Float32Array =>
    Float32Array.from({ length: 16 }, (_, d) => (d % 8 === kind ? 3 : 0) + 0.5 * random.normal());
  const learnt = Array.from({ length: 400 }, (_, i) => around(i % 4));
  const kept = keepFeatures(
    learnt,
    learnt.map((_, i) => i % 5),
  );
  const unlike = (kind: (i: number) => number): number =>
    Array.from({ length: 1000 }, (_, i) => likenessOf(kept, around(kind(i))).isUnlike).filter(Boolean).length / 1000;
  const [own, foreign] = [unlike((i) => i % 4), unlike((i) => 4 + (i % 4))];
  assert.ok(own > 0.002 && own < 0.05, `${own} of the learnt kinds`);
  assert.ok(foreign > 0.95, `${foreign} of the others`);
  assert.is(
    likenessOf(
      kept,
      Float32Array.from(learnt[9], (v) => 7 * v),
    ).nearest,
    9,
  );
});

test('unlike: pictures of one recording do not vouch for each other', () => {
  // pairs of the same vector, all pairs at right angles
  const pairs = Array.from({ length: 8 }, (_, i) => Float32Array.from({ length: 4 }, (_, d) => Number(d === i >> 1)));
  const distance = (foldOf: number[]): number => keepFeatures(pairs, foldOf).threshold;
  assert.ok(Math.abs(distance(pairs.map((_, i) => i >> 1)) - 1) < 1e-6);
  assert.ok(Math.abs(distance(pairs.map((_, i) => i & 1))) < 1e-6);
});

test('a quantile lies between its neighbours in proportion', () =>
  assert.equal([quantile([4, 1, 3, 2], 0.5), quantile([10, 0], 0.98), quantile([5], 0.2)], [2.5, 9.8, 5]));

test.run();
