/** RandAugment and TrivialAugment: what is drawn, and what the operations make, against loops and torchvision. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { expectClose } from '../../src/cases/close.js';
import { hostTensor, type HostTensor } from '../../src/kernels/launch/host_tensor.js';
import { augmentedBatch, augmentImages, drawAugmentation, TABLE_ROW } from '../../src/kernels/images/augment.js';
import * as reference from '../../src/kernels/images/augment_reference.js';
import { NO_AUGMENTATION, type Augmentation } from '../../src/kernels/images/augment_settings.js';
import {
  applyOps,
  drawPolicy,
  POLICY_OPS,
  policyOf,
  windowBytes,
  type Policy,
} from '../../src/kernels/images/policy.js';
import * as policyReference from '../../src/kernels/images/policy_reference.js';
import { manualSeed } from '../../src/kernels/random/random.js';
import { tensor } from '../../src/tensor/tensor.js';
import { imageSource, noiseImages } from '../support/augment_checks.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('augmentation policies');

type OpName = (typeof POLICY_OPS)[number];
interface Golden {
  readonly spaces: Record<'randaugment' | 'trivialaugment', Record<OpName, { magnitudes: number[]; signed: boolean }>>;
  readonly images: readonly { readonly shape: readonly [number, number, number]; readonly bytes: string }[];
  readonly cases: readonly {
    readonly policy: 'randaugment' | 'trivialaugment';
    readonly image: number;
    readonly op: OpName;
    readonly bin: number;
    readonly way: 1 | -1;
    readonly bytes: string;
  }[];
}
const GOLDEN = JSON.parse(
  readFileSync(new URL('../../../test/golden/numbers/policies.json', import.meta.url), 'utf8'),
) as Golden;
const bytesOf = (text: string): Float64Array => Float64Array.from(Buffer.from(text, 'base64'));

const RAND: Augmentation = { ...NO_AUGMENTATION, randaugment: { ops: 2, magnitude: 9 } };
const TRIVIAL: Augmentation = { ...NO_AUGMENTATION, trivialaugment: true };
const policyFor = (a: Augmentation, height: number, width: number): Policy => policyOf(a, [height, width]) as Policy;
const AUGMENTATION = { randaugment: RAND, trivialaugment: TRIVIAL };

/** How many numbers differ, and by how much at most. */
function differences(got: ArrayLike<number>, expected: ArrayLike<number>): { count: number; most: number } {
  assert.is(got.length, expected.length);
  const by = Array.from(got, (v, i) => Math.abs(v - expected[i]));
  return { count: by.filter((d) => d > 0).length, most: Math.max(...by) };
}

test('bins are worth what torchvision’s are', () => {
  for (const name of ['randaugment', 'trivialaugment'] as const) {
    const policy = policyFor(AUGMENTATION[name], 13, 18);
    assert.equal(Object.keys(GOLDEN.spaces[name]), [...POLICY_OPS]);
    for (const op of POLICY_OPS) {
      const { magnitudes, signed } = GOLDEN.spaces[name][op];
      const changes = ['Brightness', 'Color', 'Contrast', 'Sharpness'].includes(op) ? 1 : 0;
      const isMove = op.startsWith('Translate');
      magnitudes.forEach((magnitude, bin) => {
        for (const way of signed ? ([1, -1] as const) : ([1] as const)) {
          const expected = isMove ? Math.trunc(way * magnitude) : changes + way * magnitude;
          const got = policyReference.valueOfBin(op, bin, way, policy);
          assert.ok(Math.abs(got - expected) < 1e-4, `${name} ${op} ${bin}: ${got}, torchvision ${expected}`);
        }
      });
    }
  }
});

test('each operation makes torchvision’s image, but for a level here and there', () => {
  for (const { policy, image, op, bin, way, bytes } of GOLDEN.cases) {
    const [C, H, W] = GOLDEN.images[image].shape;
    const value = policyReference.valueOfBin(op, bin, way, policyFor(AUGMENTATION[policy], H, W));
    const input = { shape: [C, H, W], data: bytesOf(GOLDEN.images[image].bytes) };
    const { count, most } = differences(policyReference.applyOp(input, { op, value }).data, bytesOf(bytes));
    const isExact = !['Brightness', 'Color', 'Contrast', 'Sharpness', 'AutoContrast'].includes(op);
    // f v + (1 - f) v is v but for torch's rounding, whose fractions are cut off to the level below
    assert.ok(isExact ? count === 0 : most <= 1 && count <= 0.1 * C * H * W, `${op} ${value}: ${count}, by ${most}`);
  }
});

/** Number and value of every operation, as the GPU has them in a table. */
async function drawn(a: Augmentation, count: number, seed: number): Promise<{ op: number; value: number }[]> {
  const device = await testDevice();
  const source = imageSource(device, noiseImages(count, 1, 28, 28));
  manualSeed(device, seed);
  const table = await device.step(() => drawPolicy(source, policyFor(a, 28, 28), count)).read();
  return Array.from({ length: table.length / 4 }, (_, i) => ({ op: table[4 * i], value: table[4 * i + 1] }));
}

test('operations are drawn as the loops draw them, evenly, and their magnitudes too', async () => {
  const device = await testDevice();
  for (const a of [RAND, TRIVIAL]) {
    const all = await drawn(a, 2100, 5);
    const policy = policyFor(a, 28, 28);
    const expected = policyReference.drawPolicy(policy, 2100, { seed: 5, step: 0, call: 0 }).flat();
    assert.equal(
      all.map(({ op }) => POLICY_OPS[op]),
      expected.map(({ op }) => op),
    );
    expectClose({
      op: 'policy_draw',
      argument: 'value',
      got: all.map(({ value }) => value),
      expected: expected.map(({ value }) => value),
      pair: 'GPU with CPU',
      label: a === RAND ? 'RandAugment' : 'TrivialAugment',
    });
    // binomial: five standard deviations about n / 14
    const each = all.length / POLICY_OPS.length;
    for (let op = 0; op < POLICY_OPS.length; op++) {
      const own = all.filter((o) => o.op === op);
      assert.ok(Math.abs(own.length - each) < 5 * Math.sqrt(each), `${POLICY_OPS[op]}: ${own.length} of ${each}`);
      const values = new Set(own.map(({ value }) => value));
      // of 61 values of 31 bins, two signs and one 0, a few are not met by 150
      if (POLICY_OPS[op] === 'Rotate') assert.ok(a === RAND ? values.size === 2 : values.size > 45, `${values.size}`);
      if (POLICY_OPS[op] === 'Rotate') assert.ok(Math.abs(own.filter((o) => o.value < 0).length - each / 2) < each / 8);
    }
  }
  const again = await drawn(RAND, 300, 5);
  assert.equal(again, await drawn(RAND, 300, 5), 'of one seed');
  assert.not.equal(again, await drawn(RAND, 300, 6));
  const [first, second] = [0, 1].map(() =>
    device.step(() => drawPolicy(imageSource(device, noiseImages(64, 1, 4, 4)), policyFor(RAND, 4, 4), 64)),
  );
  assert.not.equal(await first.read(), await second.read(), 'of the next step');
});

test('every operation on the GPU makes what the loops make', async () => {
  const device = await testDevice();
  for (const [channels, height, width] of [
    [3, 9, 15],
    [1, 21, 17],
    [3, 2, 1],
  ]) {
    for (const a of [RAND, TRIVIAL]) {
      const policy = policyFor(a, height, width);
      const ops = POLICY_OPS.flatMap((op) =>
        [0, 13, 30].flatMap((bin) =>
          ([1, -1] as const).map((way) => ({ op, value: policyReference.valueOfBin(op, bin, way, policy) })),
        ),
      );
      const images = noiseImages(ops.length, channels, height, width);
      // fewer values, so that a histogram has something to move
      images.bytes.forEach((v, i) => (images.bytes[i] = 40 + Math.floor(v / 3)));
      const source = { ...imageSource(device, images), isStaged: true };
      const size = channels * height * width;
      const words = Math.ceil(size / 4);
      const padded = new Uint8Array(4 * words * ops.length);
      ops.forEach((_, n) => padded.set(images.bytes.subarray(n * size, (n + 1) * size), 4 * words * n));
      const rows = ops.flatMap(({ op, value }) => {
        const angle = op === 'Rotate' ? (value * Math.PI) / 180 : 0;
        return [POLICY_OPS.indexOf(op), value, Math.cos(angle), Math.sin(angle)];
      });
      const bytes = tensor(device, new Uint32Array(padded.buffer), { shape: [ops.length, words] });
      const table = tensor(device, Float32Array.from(rows), { shape: [ops.length, 1, 4] });
      const made = await device.step(() => applyOps(source, table, bytes)).read();
      const got = new Uint8Array(Uint32Array.from(made).buffer);
      ops.forEach(({ op, value }, n) => {
        const data = Float64Array.from(images.bytes.subarray(n * size, (n + 1) * size));
        const expected = policyReference.applyOp({ shape: [channels, height, width], data }, { op, value });
        const { count, most } = differences(got.subarray(4 * words * n, 4 * words * n + size), expected.data);
        assert.ok(
          most <= 1 && count <= 0.01 * size,
          `${op} ${value} of ${channels}x${height}x${width}: ${count} of ${size} differ, by ${most}`,
        );
      });
    }
  }
});

test('a batch is the window, the operations, then colours, holes and mixtures', async () => {
  const device = await testDevice();
  for (const a of [
    { ...RAND, flip: 0.5, crop: 2, erase: 0.5, brightness: 0.3, cutmix: 1 },
    { ...TRIVIAL, resize: 0.3, mixup: 0.5 },
  ]) {
    const images = noiseImages(40, 3, 13, 17);
    const source = imageSource(device, images, 0, 9);
    const seen = { outHeight: 9, outWidth: 9 };
    const policy = policyFor(a, 9, 9);
    manualSeed(device, 3);
    const x = await device.step(() => augmentedBatch(source, a, 40).x).read();
    const { table } = reference.drawAugmentation(images, seen, a, 0, 40, { seed: 3, step: 0, call: 0 });
    const ops = policyReference.drawPolicy(policy, 40, { seed: 3, step: 0, call: 1 });
    const window = policyReference.windowBytes(images, seen, table);
    const placed = ops.map((own, b) => {
      const image: HostTensor = { shape: [3, 9, 9], data: window.data.slice(b * 243, (b + 1) * 243) };
      return own.reduce(policyReference.applyOp, image);
    });
    const bytes = Uint8Array.from(placed.flatMap(({ data }) => [...data]));
    const identity = { ...hostTensor([40, TABLE_ROW]), data: table.data.slice() };
    for (let b = 0; b < 40; b++) identity.data.set([1, 0, 0, b, 0, 1, 0], TABLE_ROW * b);
    const expected = reference.augmentImages({ ...images, bytes, height: 9, width: 9 }, seen, identity);
    // where a level is rounded otherwise, and what follows of it: few numbers
    const far = Array.from(x, (v, i) => Math.abs(v - expected.data[i])).filter((d) => d > 1e-3).length;
    assert.ok(far < 0.02 * x.length, `${far} of ${x.length}`);
    assert.ok(expected.data.some((v) => v !== expected.data[0]));
  }
});

test('the window alone is the image that it would be without operations, in bytes', async () => {
  const device = await testDevice();
  const a = { ...RAND, flip: 1, shift: 2 };
  const images = noiseImages(6, 3, 5, 7);
  const source = imageSource(device, images);
  manualSeed(device, 1);
  const [placed, plain] = device.step(() => {
    const { table } = drawAugmentation(source, a, 6);
    return [augmentImages(source, table, a, 6, windowBytes(source, table, 6)), augmentImages(source, table, a, 6)];
  });
  assert.equal(await placed.read(), await plain.read());
});

test.run();
