import * as assert from 'uvu/assert';
import { BufferPool, alignUp, type PooledBuffer } from '../../src/device/pool.js';
import { StagingReader } from '../../src/device/readback.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('pool');

test('sizes are rounded up to 256', () => {
  assert.equal([0, 1, 255, 256, 257, 1000].map(alignUp), [256, 256, 256, 256, 512, 1024]);
  assert.is(alignUp(2 ** 33 + 1), 2 ** 33 + 256);
});

/** Memory that has its place. */
function placed(pool: BufferPool, bytes: number): PooledBuffer {
  const buffer = pool.acquire(bytes);
  pool.place(buffer);
  return buffer;
}

test('memory has no GPU buffer until it is placed, then one of its exact size', async () => {
  const pool = new BufferPool((await testDevice()).gpu);
  const a = pool.acquire(1000);
  assert.equal([a.size, pool.unplaced], [1024, 1024]);
  assert.throws(() => a.gpu, /not placed/);
  assert.equal(pool.statistics(), { buffers: 0, bytes: 0, inUse: 1, created: 0 });
  pool.place(a);
  assert.equal([a.gpu.size, pool.unplaced], [1024, 0]);
  const b = pool.acquire(300);
  pool.release(b); // needs none any more
  assert.equal([pool.unplaced, pool.statistics().created], [0, 1]);
});

test('a block is handed out again for its exact size only', async () => {
  const pool = new BufferPool((await testDevice()).gpu);
  const { block } = placed(pool, 1000);
  const a = placed(pool, 1000);
  pool.release(a);
  assert.is.not(placed(pool, 2000).block, a.block);
  assert.is.not(placed(pool, 512).block, a.block);
  assert.is(placed(pool, 1024).block, a.block);
  assert.is.not(a.block, block);
  assert.equal(pool.statistics(), { buffers: 4, bytes: 1024 + 1024 + 2048 + 512, inUse: 4, created: 4 });
});

test('the oldest block comes first, whatever the order of release', async () => {
  const pool = new BufferPool((await testDevice()).gpu);
  const [a, b, c, d] = [1, 2, 3, 4].map(() => placed(pool, 256));
  for (const buffer of [c, a, d, b]) pool.release(buffer);
  assert.equal(
    [1, 2, 3, 4].map(() => placed(pool, 256).block),
    [a, b, c, d].map(({ block }) => block),
  );
});

test('trim destroys what is free and keeps what is in use', async () => {
  const pool = new BufferPool((await testDevice()).gpu);
  const [a, b] = [placed(pool, 256), placed(pool, 512)];
  pool.release(a);
  pool.trim();
  assert.equal(pool.statistics(), { buffers: 1, bytes: 512, inUse: 1, created: 2 });
  assert.is.not(placed(pool, 256).block, a.block);
  pool.release(b);
  assert.is(placed(pool, 512).block, b.block);
});

test('no two blocks share an id, not even of two pools', async () => {
  const { gpu } = await testDevice();
  const ids = [new BufferPool(gpu), new BufferPool(gpu)].flatMap((pool) => [
    placed(pool, 256).block?.id,
    placed(pool, 256).block?.id,
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
