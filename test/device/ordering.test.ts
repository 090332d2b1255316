/** Uploads, dispatches, copies, clears and reads happen in the order in which they are called. */
import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import { add_ } from '../../src/kernels/elementwise/accumulate.js';
import { binary } from '../../src/kernels/elementwise/binary.js';
import { full, tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { floats, kernelNamed, whole } from './tools.js';

const test = gpuSuite('ordering');

const write = (device: Device, x: Tensor, ...numbers: number[]): void =>
  device.write(x.storage, Float32Array.from(numbers));
const doubled = (x: Tensor): Tensor => binary('add', x, x);
const read = async (...tensors: Tensor[]): Promise<number[]> =>
  (await Promise.all(tensors.map((t) => t.read()))).map((a) => a[0]);

test('an upload does not overtake a dispatch that was recorded before it', async () => {
  const device = await testDevice();
  const x = tensor(device, [1]);
  const results: Tensor[] = [];
  for (const n of [1, 50, 3]) {
    write(device, x, n);
    results.push(doubled(x));
  }
  write(device, x, -1);
  assert.equal(await read(...results, x), [2, 100, 6, -1]);
});

test('nor does an upload into recycled memory', () =>
  withDevice({ poison: false }, async (device) => {
    const results: Tensor[] = [];
    const buffers = new Set<number | undefined>();
    for (let i = 1; i <= 5; i++) {
      const x = tensor(device, [i]);
      buffers.add(x.storage.buffer.block?.id);
      results.push(doubled(x));
      x.storage.release();
      if (i === 1) results[0].storage.isReleased; // each result has memory of its own
    }
    assert.is(buffers.size, 1);
    assert.equal(await read(...results), [2, 4, 6, 8, 10]);
  }));

test('a read sees what was recorded before it and nothing that is recorded after it', async () => {
  const device = await testDevice();
  const x = full(device, [8], 1);
  const first = x.read();
  add_(
    x,
    x.device.step(() => full(device, [8], 10)),
  );
  const second = x.read();
  device.clear(x.storage);
  const third = x.read();
  write(device, x, 7, 7, 7, 7, 7, 7, 7, 7);
  const fourth = x.read();
  x.storage.release();
  const other = full(device, [8], 99); // takes x's memory
  assert.equal(
    (await Promise.all([first, second, third, fourth, other.read()])).map((a) => a[7]),
    [1, 11, 0, 7, 99],
  );
});

test('many reads at once', async () => {
  const device = await testDevice();
  const x = zeros(device, [1]);
  const one = full(device, [1], 1);
  const pending: Promise<number>[] = [];
  for (let i = 0; i < 40; i++) {
    pending.push(x.item());
    add_(x, one);
  }
  assert.equal(
    await Promise.all(pending),
    Array.from({ length: 40 }, (_, i) => i),
  );
});

test('copies, clears, fills and dispatches in turn', async () => {
  const device = await testDevice();
  const x = full(device, [4], 1);
  const copies: Tensor[] = [];
  const keepCopy = (): void => {
    const y = zeros(device, [4]);
    device.copy(x.storage, 0, y.storage, 0, 16);
    copies.push(y);
  };
  keepCopy();
  add_(x, copies[0]);
  keepCopy();
  device.clear(x.storage, 4, 8);
  keepCopy();
  device.fill(x.storage, 0x40400000); // 3
  keepCopy();
  device.copy(copies[1].storage, 0, x.storage, 8, 4);
  keepCopy();
  const rows = await Promise.all(copies.map(async (y) => [...(await y.read())]));
  assert.equal(rows, [
    [1, 1, 1, 1],
    [2, 2, 2, 2],
    [2, 0, 0, 2],
    [3, 3, 3, 3],
    [3, 3, 2, 3],
  ]);
});

test('two kernels that bind the same buffers and params otherwise do not share a bind group', async () => {
  const device = await testDevice();
  const [x, y] = [tensor(device, [1, 2, 3, 4]), tensor(device, [10, 20, 30, 40])];
  const launch = { buffers: [whole(x.storage), whole(y.storage)], params: [4, 0, 0], workgroups: 1 };
  device.dispatch(kernelNamed('add_in_place'), launch);
  device.dispatch(kernelNamed('unary'), { ...launch, specialise: { 'fn f': 'x * 2' } });
  assert.equal([...(await x.read())], [11, 22, 33, 44]);
  assert.equal([...(await y.read())], [22, 44, 66, 88]);
});

test('more commands than one command buffer takes', async () => {
  const device = await testDevice();
  const [x, one] = [zeros(device, [1]), full(device, [1], 1)];
  await device.sync();
  const { submits } = device.statistics();
  for (let i = 0; i < 1000; i++) add_(x, one);
  assert.is(device.statistics().submits - submits, 3); // after 256 each
  assert.is(await x.item(), 1000);
  assert.is(device.statistics().submits - submits, 4);
});

test('writes of any length and offset', async () => {
  const device = await testDevice();
  const storage = device.allocate(32);
  const bytes = async (count: number): Promise<number[]> => [...new Uint8Array(await device.read(storage, 0, count))];
  device.clear(storage);
  device.write(storage, Uint8Array.of(1, 2, 3, 4, 5));
  assert.equal(await bytes(9), [1, 2, 3, 4, 5, 0, 0, 0, 0]);
  device.write(storage, Uint8Array.of(9, 8, 7, 6, 5, 4).subarray(1, 4), 4); // a view that starts unaligned
  assert.equal(await bytes(9), [1, 2, 3, 4, 8, 7, 6, 0, 0]);
  device.write(storage, new Uint8Array(0), 8);
  device.write(storage, Float32Array.of(1, 2, 3).subarray(1), 8);
  assert.equal((await floats(device, storage, 4)).slice(2), [2, 3]);
  assert.is((await device.read(storage, 0, 0)).byteLength, 0);
  assert.equal([...new Uint8Array(await device.read(storage, 4, 3))], [8, 7, 6]);
});

test('more than 65,535 workgroups: every word of a large buffer is filled, and no other', async () => {
  await withDevice({ poison: false }, async (device) => {
    const bytes = 65 * 2 ** 20; // 66,560 workgroups of 1 KiB: two rows of 65,535, most of the second past the end
    const storage = device.allocate(bytes);
    const neighbour = zeros(device, [64]);
    device.fill(storage, 7);
    const words = new Uint32Array(await device.read(storage, 0, bytes));
    assert.is(
      words.findIndex((w) => w !== 7),
      -1,
    );
    assert.ok((await neighbour.read()).every((w) => w === 0));
  });
});

test('a fill past the binding limit goes in windows', () =>
  withDevice({ maxBindingBytes: 1000, poison: false }, async (device) => {
    assert.is(device.maxBindingBytes, 768);
    const storage = device.allocate(5000);
    device.fill(storage, 5);
    assert.ok(new Uint32Array(await device.read(storage, 0, storage.buffer.size)).every((w) => w === 5));
    assert.is(device.statistics().dispatches, 7);
  }));

test.run();
