/** What the device refuses before WebGPU sees it. */
import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import { GpuError, ShapeError, UsageError } from '../../src/device/errors.js';
import type { Launch } from '../../src/device/kernel.js';
import { add_ } from '../../src/kernels/elementwise/accumulate.js';
import { binary } from '../../src/kernels/elementwise/binary.js';
import { full, tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { countCreations, fails, kernelNamed, whole } from './tools.js';

const test = gpuSuite('checks');

/** The real kernel; a test may declare it otherwise. */
const unary = kernelNamed('unary');

test('an allocation past the largest buffer is a GPU error, and nothing is created', () =>
  withDevice({}, async (device) => {
    const created = countCreations(device.gpu);
    const error = await fails(
      () => device.allocate(device.limits.maxBufferSize + 1),
      GpuError,
      /larger than the adapter's largest buffer/,
    );
    assert.is(error.exitCode, 5);
    assert.ok(error.fix);
    await fails(() => full(device, [2 ** 20, 2 ** 20], 0), GpuError, /a tensor of 4398046511104 bytes/);
    assert.equal([...created], []);
    assert.is(device.statistics().inUse, 0);
  }));

/** Launches that are refused: what is wrong, the launch, the class, the message. */
function refused(
  name: string,
  change: (device: Device) => Partial<Launch>,
  type: typeof ShapeError | typeof UsageError,
  message: RegExp,
  kernel = unary,
): void {
  test(`refused: ${name}`, async () => {
    const device = await testDevice();
    const [x, y] = [device.allocate(1024), device.allocate(1024)];
    const launch = { buffers: [whole(x), whole(y)], params: [64, 0, 0], workgroups: 1, ...change(device) };
    const { dispatches } = device.statistics();
    const error = await fails(() => device.dispatch(kernel, launch), type, message);
    assert.is(error.exitCode, 2);
    assert.is(device.statistics().dispatches, dispatches);
  });
}

const two = (device: Device, offset: number, size: number): Partial<Launch> => ({
  buffers: [{ ...whole(device.allocate(1024)), offset, size }, whole(device.allocate(1024))],
});

refused('an unaligned offset', (d) => two(d, 16, 512), ShapeError, /^\[unary\] bytes 16\.\.528 .*start unaligned/);
refused('a negative offset', (d) => two(d, -256, 512), ShapeError, /^\[unary\] bytes -256/);
refused(
  'a range past the buffer',
  (d) => two(d, 768, 512),
  ShapeError,
  /^\[unary\] bytes 768\.\.1280 do not lie in a buffer of 1024/,
);
refused('an empty range', (d) => two(d, 0, 0), ShapeError, /^\[unary\] bytes 0\.\.0/);
refused(
  'more workgroups than two dimensions hold',
  () => ({ workgroups: 65535 ** 2 + 1 }),
  ShapeError,
  /^\[unary\] 4294836226 workgroups/,
);
refused('half a workgroup', () => ({ workgroups: 1.5 }), ShapeError, /^\[unary\] 1.5 workgroups/);
refused('NaN workgroups', () => ({ workgroups: NaN }), ShapeError, /^\[unary\] NaN workgroups/);
refused(
  'a buffer too few',
  (d) => ({ buffers: [whole(d.allocate(4))] }),
  UsageError,
  /^\[unary\] binds 2 buffers, got 1/,
);
refused(
  'a buffer too many',
  (d) => ({ buffers: [1, 2, 3].map(() => whole(d.allocate(4))) }),
  UsageError,
  /^\[unary\] binds 2 buffers, got 3/,
);
refused('no params', () => ({ params: [] }), UsageError, /^\[unary\] needs params/);
refused('params that nobody reads', () => ({}), UsageError, /^\[unary\] takes no params/, {
  ...unary,
  bindings: ['read', 'write'],
});
refused('a word of 33 bits', () => ({ params: [2 ** 32, 0, 0] }), ShapeError, /^\[unary\] 4294967296 does not fit/);
refused('a negative word', () => ({ params: [-1, 0, 0] }), ShapeError, /^\[unary\] -1 does not fit/);
refused('a fraction as a word', () => ({ params: [0.5, 0, 0] }), ShapeError, /^\[unary\] 0.5 does not fit/);
refused(
  'a name to specialise that the shader does not declare',
  () => ({ specialise: { NOPE: 1 } }),
  UsageError,
  /^\[elementwise\/unary\.wgsl\] declares no "NOPE"/,
);

test('refused: reading and writing one buffer in a launch, overlapping or not', async () => {
  const device = await testDevice();
  const storage = device.allocate(1024);
  const part = (offset: number, size: number): Launch['buffers'][number] => ({ buffer: storage.buffer, offset, size });
  for (const [a, b] of [
    [part(0, 1024), part(0, 1024)],
    [part(0, 512), part(512, 512)],
  ] as const) {
    await fails(
      () => device.dispatch(unary, { buffers: [a, b], params: [1, 0, 0], workgroups: 1 }),
      UsageError,
      /^\[unary\] writes to memory that it also uses otherwise \(bindings 0 and 1\)/,
    );
  }
  const x = tensor(device, [1, 2, 3]);
  await fails(() => add_(x, x), UsageError, /^\[add_in_place\] writes to memory/);
});

test('a binding past the limit is a shape error', () =>
  withDevice({ maxBindingBytes: 1024 }, async (device) => {
    const [x, y] = [device.allocate(2048), device.allocate(2048)];
    await fails(
      () => device.dispatch(unary, { buffers: [whole(x), whole(y)], params: [1, 0, 0], workgroups: 1 }),
      ShapeError,
      /^\[unary\] a tensor of 2048 bytes is larger than the adapter can bind \(1024 bytes\)/,
    );
  }));

test('no workgroups: nothing is recorded, but the ranges are checked', async () => {
  const device = await testDevice();
  const x = device.allocate(1024);
  const { dispatches } = device.statistics();
  device.dispatch(unary, { buffers: [whole(x), whole(x)], params: [1, 0, 0], workgroups: 0 });
  await fails(
    () => device.dispatch(unary, { buffers: [{ ...whole(x), offset: 3 }], params: [], workgroups: 0 }),
    ShapeError,
    /unaligned/,
  );
  assert.is(device.statistics().dispatches, dispatches);
});

test('copies, clears, writes and reads outside their storage, or unaligned', async () => {
  const device = await testDevice();
  const [x, y] = [device.allocate(256), device.allocate(512)];
  await fails(() => device.copy(x, 0, y, 0, 260), ShapeError, /^\[copy\] bytes 0\.\.260 do not lie in a buffer of 256/);
  await fails(() => device.copy(y, 0, x, 128, 132), ShapeError, /^\[copy\] bytes 128\.\.260/);
  await fails(() => device.copy(y, 2, x, 0, 4), ShapeError, /multiples of 4/);
  await fails(() => device.copy(y, 0, x, 0, 3), ShapeError, /multiples of 4/);
  await fails(() => device.copy(x, 0, x, 128, 4), UsageError, /within one buffer/);
  await fails(() => device.clear(x, -4), ShapeError, /^\[clear\]/);
  await fails(() => device.clear(x, 128, 256), ShapeError, /^\[clear\] bytes 128\.\.384/);
  await fails(() => device.write(x, new Uint8Array(257)), ShapeError, /^\[write\] bytes 0\.\.260/);
  await fails(() => device.write(x, new Uint8Array(4), 2), ShapeError, /^\[write\]/);
  await fails(() => device.read(x, 0, 257), ShapeError, /^\[read\]/);
  await fails(() => device.read(x, NaN, 4), ShapeError, /^\[read\]/);
});

test('two devices: the same ops side by side, and no tensor of one in an op of the other', async () => {
  const ours = await testDevice();
  await withDevice({}, async (other) => {
    const results: Promise<number>[] = [];
    for (let i = 0; i < 20; i++) {
      for (const [device, n] of [
        [ours, i],
        [other, 100 + i],
      ] as const) {
        const x = tensor(device, [n]);
        results.push(device.step(() => binary('mul', x, binary('add', x, x))).item());
      }
    }
    assert.equal(
      await Promise.all(results),
      Array.from({ length: 40 }, (_, k) => 2 * ((k >> 1) + 100 * (k % 2)) ** 2),
    );
    const [a, b] = [tensor(ours, [1]), tensor(other, [2])];
    await fails(() => binary('add', a, b), UsageError, /^\[binary\] a tensor belongs to another device/);
    await fails(() => ours.copy(a.storage, 0, b.storage, 0, 4), UsageError, /^\[copy\] memory of another device/);
    await fails(() => ours.read(b.storage, 0, 4), UsageError, /^\[read\] memory of another device/);
  });
  assert.is(await tensor(ours, [5]).item(), 5);
});

test.run();
