import * as assert from 'uvu/assert';
import { BufferPool, alignUp } from '../../src/device/pool.js';
import { StagingReader } from '../../src/device/readback.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('pool');

test('sizes are rounded up to 256', () => {
  assert.equal([0, 1, 255, 256, 257, 1000].map(alignUp), [256, 256, 256, 256, 512, 1024]);
  assert.is(alignUp(2 ** 33 + 1), 2 ** 33 + 256);
});

test('a buffer is handed out again for its exact size only', async () => {
  const pool = new BufferPool((await testDevice()).gpu);
  const a = pool.acquire(1000);
  assert.is(a.size, 1024);
  assert.is(a.gpu.size, 1024);
  pool.release(a);
  assert.is.not(pool.acquire(2000), a);
  assert.is.not(pool.acquire(512), a);
  assert.is(pool.acquire(1024), a);
  assert.equal(pool.statistics(), { buffers: 3, bytes: 1024 + 2048 + 512, inUse: 3, created: 3 });
});

test('the oldest buffer comes first, whatever the order of release', async () => {
  const pool = new BufferPool((await testDevice()).gpu);
  const [a, b, c, d] = [1, 2, 3, 4].map(() => pool.acquire(256));
  for (const buffer of [c, a, d, b]) pool.release(buffer);
  assert.equal(
    [1, 2, 3, 4].map(() => pool.acquire(256).id),
    [a.id, b.id, c.id, d.id],
  );
});

test('trim destroys what is free and keeps what is in use', async () => {
  const pool = new BufferPool((await testDevice()).gpu);
  const [a, b] = [pool.acquire(256), pool.acquire(512)];
  pool.release(a);
  pool.trim();
  assert.equal(pool.statistics(), { buffers: 1, bytes: 512, inUse: 1, created: 2 });
  assert.is.not(pool.acquire(256), a);
  pool.release(b);
  assert.is(pool.acquire(512), b);
});

test('no two buffers share an id, not even of two pools', async () => {
  const { gpu } = await testDevice();
  const ids = [new BufferPool(gpu), new BufferPool(gpu)].flatMap((pool) => [
    pool.acquire(256).id,
    pool.acquire(256).id,
  ]);
  assert.is(new Set(ids).size, 4);
});

test('staging buffers: powers of two, but none larger than a buffer may be', async () => {
  const { gpu } = await testDevice();
  const small = new Proxy(gpu, {
    get: (target, name) =>
      name === 'limits'
        ? { maxBufferSize: 5001 }
        : (...args: unknown[]) => (Reflect.get(target, name) as (...a: unknown[]) => unknown).apply(target, args),
  });
  const reader = new StagingReader(small);
  const sizes = [4, 256, 260, 4096, 4100, 5000].map((bytes) => reader.acquire(bytes).size);
  assert.equal(sizes, [256, 256, 512, 4096, 5000, 5000]);
});

test.run();
