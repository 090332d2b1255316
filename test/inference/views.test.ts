/**
 * Several views of an image: which they are, and that the answer is exactly their mean, of pictures, of a data set, of
 * several photographs.
 */
import * as assert from 'uvu/assert';
import type { HeldDataset, ImageDataset } from '../../src/data/dataset.js';
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import { tensor } from '../../src/tensor/tensor.js';
import { readCheckpoint, type Checkpoint } from '../../src/train/checkpoint/checkpoint.js';
import { Classifier, modelInput } from '../../src/inference/classifier.js';
import { evaluateCheckpoint } from '../../src/inference/evaluate_checkpoint.js';
import { train } from '../../src/train/trainer.js';
import { parseViews, viewCount, viewsOf, type Views } from '../../src/inference/views.js';
import { expectClose } from '../../src/cases/close.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun } from '../train/fixtures.js';

const test = gpuSuite('views');
const ALL: readonly Views[] = [
  { flip: true, crops: false },
  { flip: false, crops: true },
  { flip: true, crops: true },
];

/** The views of planes (C, S, S) on the host: what the middle and the corners are, then mirrored. */
function onHost(planes: ArrayLike<number>, S: number, side: number, { flip, crops }: Views): Float32Array[] {
  const channels = planes.length / (S * S);
  const shift = Math.max(1, Math.round(side / 14));
  const rest = S - side;
  const middle = Math.floor(rest / 2);
  const far = rest === 0 ? shift : rest - middle;
  const near = rest === 0 ? -shift : -middle;
  const mirrored = (i: number): number => (i < 0 ? -i : i >= S ? 2 * S - 2 - i : i);
  const windows = [
    [0, 0],
    ...(crops
      ? [
          [near, near],
          [near, far],
          [far, near],
          [far, far],
        ]
      : []),
  ];
  return [false, ...(flip ? [true] : [])].flatMap((isFlipped) =>
    windows.map(([dy, dx]) =>
      Float32Array.from({ length: channels * side * side }, (_, i) => {
        const [c, y, x] = [Math.floor(i / (side * side)), Math.floor(i / side) % side, i % side];
        return planes[(c * S + mirrored(middle + y + dy)) * S + mirrored(middle + dx + (isFlipped ? side - 1 - x : x))];
      }),
    ),
  );
}

test('the views are the middle and the corners, with a frame where there is nothing beside, and all mirrored', async () => {
  const device = await testDevice();
  for (const [S, side] of [
    [6, 4],
    [7, 4],
    [5, 5],
    [28, 28],
  ] as const) {
    for (const views of ALL) {
      const planes = Float32Array.from({ length: 2 * S * S }, (_, i) => i);
      const found = viewsOf(tensor(device, planes, { shape: [1, 2, S, S] }), { height: side, width: side }, views);
      const expected = onHost(planes, S, side, views);
      assert.is(found.length, viewCount(views));
      for (const [v, view] of found.entries())
        assert.equal(
          [[...view.shape], [...(await view.read())]],
          [[1, 2, side, side], [...expected[v]]],
          `${S}, ${side}, view ${v} of ${JSON.stringify(views)}`,
        );
    }
  }
});

test('images that are no squares', async () => {
  const device = await testDevice();
  const x = tensor(
    device,
    Float32Array.from({ length: 24 }, (_, i) => i),
    { shape: [1, 1, 4, 6] },
  );
  const first = async (seen: { height: number; width: number }): Promise<number[][]> =>
    Promise.all(
      viewsOf(x, seen, { flip: false, crops: true }).map(async (v) => [...v.shape.slice(2), (await v.read())[0]]),
    );
  assert.equal(await first({ height: 2, width: 2 }), [
    [2, 2, 8],
    [2, 2, 0],
    [2, 2, 4],
    [2, 2, 12],
    [2, 2, 16],
  ]);
  assert.equal(
    await first({ height: 4, width: 6 }),
    [
      [4, 6, 0],
      [4, 6, 7],
      [4, 6, 7],
      [4, 6, 7],
      [4, 6, 7],
    ],
    'mirrored about its outermost pixels',
  );
});

/** What the plain classifier says of the views of one normalised image, one by one, averaged. */
async function meanOf(
  plain: Classifier,
  planes: ArrayLike<number>,
  S: number,
  side: number,
  views: Views,
): Promise<Float64Array> {
  const mean = new Float64Array(plain.header.classes.length);
  const all = onHost(planes, S, side, views);
  for (const view of all) for (const [c, p] of (await plain.probabilities(view)).entries()) mean[c] += p / all.length;
  return mean;
}

async function trained(device: Device, data: ImageDataset): Promise<Checkpoint> {
  return inRun(async (files) => {
    await train(device, { ...CONFIG, epochs: 1 }, data, files);
    return readCheckpoint(files.best);
  });
}

for (const side of [28, 20]) {
  test(`of images of 28 pixels, ${side} of them seen, the probabilities are the mean of the views'`, async () => {
    const device = await testDevice();
    const data: HeldDataset = side === 28 ? GARMENTS : { ...GARMENTS, crop: side };
    const checkpoint = await trained(device, data);
    const {
      mean: [mean],
      std: [std],
    } = checkpoint.header.normalization;
    const plain = new Classifier(device, checkpoint);
    for (const views of ALL) {
      const indices = Uint32Array.of(3, 77);
      const expected: Float64Array[] = [];
      for (const i of indices)
        expected.push(
          await meanOf(
            plain,
            Float32Array.from(data.images.subarray(784 * i, 784 * (i + 1)), (v) => (v / 255 - mean) / std),
            28,
            side,
            views,
          ),
        );
      const { loss, accuracy } = await evaluateCheckpoint(device, checkpoint, data, indices, views);
      const right = expected.filter((p, n) => p.indexOf(Math.max(...p)) === data.labels[indices[n]]).length;
      const losses = expected.map((p, n) => -Math.log(p[data.labels[indices[n]]]));
      assert.is(accuracy, right / 2);
      expectClose({
        op: 'views',
        argument: 'loss',
        got: [loss],
        expected: [(losses[0] + losses[1]) / 2],
        tolerance: 1e-5,
        pair: 'GPU with GPU',
        label: JSON.stringify(views),
      });
    }
    plain.release();
  });
}

test('a picture is looked at whole, and several of one product have the mean of their probabilities', async () => {
  const device = await testDevice();
  const own = await trained(device, {
    ...GARMENTS,
    images: new Uint8Array(150 * 3 * 64),
    channels: 3,
    height: 8,
    width: 8,
    crop: 6,
  });
  const checkpoint: Checkpoint = { ...own, header: { ...own.header, config: { ...own.header.config, imageSize: 8 } } };
  const picture = (seed: number): Parameters<typeof modelInput>[0] => ({
    width: 8,
    height: 8,
    data: Uint8Array.from({ length: 256 }, (_, i) => (i % 4 === 3 ? 255 : (i * 37 * seed) % 251)),
  });
  const views = { flip: true, crops: true };
  const whole = [1, 2, 3].map((seed) => modelInput(picture(seed), checkpoint.header, views));
  assert.equal([whole[0].length, modelInput(picture(1), checkpoint.header).length], [3 * 64, 3 * 36]);
  const [plain, viewed] = [new Classifier(device, checkpoint), new Classifier(device, checkpoint, views)];
  const each: Float64Array[] = [];
  for (const input of whole) each.push(await meanOf(plain, input, 8, 6, views));
  const close = (got: ArrayLike<number>, expected: ArrayLike<number>, argument: string): void =>
    expectClose({ op: 'views', argument, got, expected, tolerance: 1e-5, pair: 'GPU with GPU', label: 'pictures' });
  for (const [i, input] of whole.entries()) close(await viewed.probabilities(input), each[i], 'probabilities');
  const together = await viewed.rankTogether(whole);
  close(
    checkpoint.header.classes.map((name) => together.find((r) => r.class === name)?.probability ?? NaN),
    each[0].map((_, c) => (each[0][c] + each[1][c] + each[2][c]) / 3),
    'together',
  );
  assert.ok(together.every(({ probability }, i) => i === 0 || probability <= together[i - 1].probability));
  assert.equal(await viewed.rankTogether([whole[1]]), await viewed.rank(whole[1]));
  for (const c of [plain, viewed]) c.release();
});

test('words that are no views are refused', () => {
  assert.equal(
    [parseViews('flip'), parseViews(' crops , flip')],
    [
      { flip: true, crops: false },
      { flip: true, crops: true },
    ],
  );
  for (const text of ['', 'rotate', 'flip,', 'flip,flip', 'crop'])
    assert.throws(
      () => parseViews(text),
      (e: unknown) => e instanceof UsageError && /is no list of flip and crops/.test(e.message),
      text,
    );
});

test.run();
