/** Movement and indexing past the binding limit and past 65,535 workgroups. */
import * as assert from 'uvu/assert';
import { backward } from '../../../src/autograd/graph.js';
import {
  embedding,
  flip,
  gather,
  indexSelect,
  interpolate,
  oneHot,
  pad,
  permute,
  slice,
  stack,
  expand,
  cat,
} from '../../../src/autograd/ops/index.js';
import type { Device } from '../../../src/device/device.js';
import { tensor, type Tensor } from '../../../src/tensor/tensor.js';
import { expectClose, expectSame } from '../../../src/cases/close.js';
import { gpuSuite, testDevice, withDevice } from '../../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../../src/cases/draw.js';

const test = gpuSuite('movement past limits');

// ---- windows ------------------------------------------------------------------------------------

type Make = (...shape: number[]) => Tensor;

/** Whole numbers below `high`, u32. */
type Index = (high: number, ...shape: number[]) => Tensor;

const LARGE: readonly (readonly [name: string, run: (make: Make, index: Index) => Tensor])[] = [
  ['permute', (x) => permute(x(130, 131), [1, 0])],
  ['permute of 4', (x) => permute(x(9, 10, 11, 12), [3, 1, 2, 0])],
  ['slice', (x) => slice(x(130, 131), 1, 3, 120)],
  ['cat', (x) => cat([x(130, 131), x(130, 5)], 1)],
  ['expand', (x) => expand(x(131, 1), [131, 130])],
  ['flip', (x) => flip(x(130, 131), [0, 1])],
  ['stack', (x) => stack([x(130, 65), x(130, 65)], 1)],
  ['pad', (x) => pad(x(130, 131), [3, 2, 1, 0], { value: 2 })],
  ['pad, reflect', (x) => pad(x(64, 16, 17), [3, 2, 1, 0], { mode: 'reflect' })],
  ['index_select of rows', (x, index) => indexSelect(x(1000, 20), 0, index(1000, 999))],
  ['index_select of rows, many', (x, index) => indexSelect(x(40, 20), 0, index(40, 3999))],
  ['index_select inside', (x, index) => indexSelect(x(128, 17, 9), 1, index(17, 24))],
  ['embedding', (x, index) => embedding(index(1100, 128, 9), x(1100, 16), { paddingIdx: 3 })],
  ['gather', (x, index) => gather(x(640, 30), 1, index(30, 640, 20))],
  ['one_hot', (_, index) => oneHot(index(100, 640), 100)],
  ['upsample nearest', (x) => interpolate(x(8, 16, 8, 7), { scaleFactor: 2 })],
  ['upsample bilinear', (x) => interpolate(x(8, 16, 8, 7), { size: [15, 9], mode: 'bilinear' })],
];

/** y and the gradients of whatever `make` made, for a dy that is different everywhere. */
async function numbersOf(device: Device, run: (make: Make, index: Index) => Tensor): Promise<ArrayLike<number>[]> {
  const leaves: Tensor[] = [];
  const make: Make = (...shape) => {
    const x = upload(device, drawTensor(shape, UNIT, leaves.length), 'f32', true);
    leaves.push(x);
    return x;
  };
  const y = run(make, (high, ...shape) =>
    upload(device, drawTensor(shape, { low: 0, high, integers: true }, 99), 'u32'),
  );
  const result: ArrayLike<number>[] = [await y.read()];
  if (leaves.length > 0) backward(y, upload(device, drawTensor(y.shape, UNIT, 100)));
  for (const leaf of leaves) result.push((await leaf.grad?.read()) ?? []);
  return result;
}

for (const [name, run] of LARGE) {
  test(`past the binding limit: ${name}`, async () => {
    const [small, whole] = [
      await withDevice({ maxBindingBytes: 65536 }, (device) => numbersOf(device, run)),
      await numbersOf(await testDevice(), run),
    ];
    expectSame(name, 'y', small[0], whole[0]);
    // Sums over windows are added up in another order.
    for (const [i, values] of small.entries())
      expectClose({
        op: name,
        argument: i === 0 ? 'y' : `gradient ${i}`,
        got: values,
        expected: whole[i],
        tolerance: 1e-6,
        pair: 'GPU with CPU',
        label: `${name}, windows with whole`,
      });
  });
}

test('more than 65,535 workgroups', async () => {
  const device = await testDevice();
  const n = 1_400_003; // times 3 over 64: 65,626
  const index = upload(device, drawTensor([n], { low: 0, high: 3, integers: true }, 1), 'u32');
  const [hot, rows] = [
    await oneHot(index, 3).read(),
    await indexSelect(
      tensor(device, [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8],
      ]),
      0,
      index,
    ).read(),
  ];
  const at = await index.read();
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < 3; c++) {
      if (hot[3 * i + c] !== Number(at[i] === c) || rows[3 * i + c] !== 3 * at[i] + c)
        throw new Error(`at ${i}, ${c}: ${hot[3 * i + c]}, ${rows[3 * i + c]}`);
    }
  }
  const flipped = await flip(tensor(device, rows), 0).read();
  for (let i = 0; i < 3 * n; i += 997) assert.is(flipped[i], rows[3 * n - 1 - i]);
});

test.run();
