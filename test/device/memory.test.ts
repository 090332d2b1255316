import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import { binary } from '../../src/kernels/elementwise/binary.js';
import { constant } from '../../src/tensor/creation.js';
import { empty, full, tensor, type Tensor } from '../../src/tensor/tensor.js';
import { testDevice, withDevice } from '../support/gpu.js';
import { suite } from '../support/harness.js';
import { fails, floats } from './tools.js';
import { collectGarbage } from '../support/garbage.js';

const test = suite('memory');

/** Buffers in use on a device of its own, so that other tests' garbage does not count. */
function onOwnDevice(name: string, body: (device: Device, inUse: () => number) => Promise<void>): void {
  test(name, () => withDevice({}, (device) => body(device, () => device.statistics().inUse)));
}

/** y = 2 x, by a kernel. */
const doubled = (x: Tensor): Tensor => binary('add', x, x);

onOwnDevice('a step keeps what it returns and releases the rest', async (device, inUse) => {
  const made: Tensor[] = [];
  const { a, list } = device.step(() => {
    for (let i = 0; i < 6; i++) made.push(full(device, [10], i));
    return { a: made[1], list: [made[3], { deep: made[4] }] as const };
  });
  assert.is(inUse(), 3);
  assert.equal(
    made.map((t) => t.storage.isReleased),
    [true, false, true, false, false, true],
  );
  assert.equal([...(await a.read())], new Array(10).fill(1));
  assert.equal([...(await list[0].read())], new Array(10).fill(3));
  assert.equal([...(await list[1].deep.read())], new Array(10).fill(4));
});

onOwnDevice('a step may return what was made before it, a view, or one tensor twice', async (device, inUse) => {
  const x = full(device, [4], 1);
  const [same, y, again] = device.step(() => {
    const y = full(device, [4], 2);
    return [x, y, y];
  });
  assert.is(same, x);
  assert.is(y, again);
  assert.is(inUse(), 2);
  y.storage.release();
  y.storage.release(); // a second time does nothing
  assert.is(inUse(), 1);
});

onOwnDevice('use after release is an error that names the shape', async (device) => {
  const released = device.step(() => ({ wrapped: () => full(device, [2, 3], 1) }).wrapped);
  let escaped: Tensor | null = null;
  device.step(() => {
    escaped = released();
  });
  const x = escaped as unknown as Tensor;
  const live = full(device, [2, 3], 1);
  await fails(() => doubled(x), UsageError, /shape \(2, 3\) is used after its step ended/);
  await fails(() => x.read(), UsageError, /step has ended/);
  await fails(() => device.write(x.storage, new Float32Array(6)), UsageError, /step has ended/);
  await fails(() => device.clear(x.storage), UsageError, /step has ended/);
  await fails(() => device.fill(x.storage, 0), UsageError, /step has ended/);
  await fails(() => device.copy(x.storage, 0, live.storage, 0, 24), UsageError, /step has ended/);
  await fails(() => device.copy(live.storage, 0, x.storage, 0, 24), UsageError, /step has ended/);
  await fails(() => device.keep(x.storage), UsageError, /step has ended/);
});

onOwnDevice('nested steps: what the inner one returns belongs to the outer one', async (device, inUse) => {
  let inner: Tensor[] = [];
  const kept = device.step(() => {
    const outer = full(device, [1], 1);
    inner = device.step(() => {
      const scratch = full(device, [1], 2);
      return [full(device, [1], 3), full(device, [1], 4), doubled(scratch)];
    });
    assert.is(inUse(), 4);
    assert.not(outer.storage.isReleased);
    return inner[1];
  });
  assert.is(inUse(), 1);
  assert.equal(
    inner.map((t) => t.storage.isReleased),
    [true, false, true],
  );
  assert.is(await kept.item(), 4);
});

onOwnDevice('an exception releases everything, at every depth', async (device, inUse) => {
  const before = full(device, [1], 0);
  assert.throws(
    () =>
      device.step(() => {
        full(device, [1], 1);
        device.step(() => {
          full(device, [1], 2);
          throw new Error('stop');
        });
      }),
    /stop/,
  );
  assert.is(inUse(), 1);
  const outside = full(device, [1], 5); // belongs to no scope that the exception left behind
  device.step(() => void full(device, [1], 1));
  assert.not(outside.storage.isReleased);
  assert.not(before.storage.isReleased);
});

onOwnDevice('an inner exception that is caught leaves the outer step alone', async (device, inUse) => {
  const x = device.step(() => {
    const made = full(device, [1], 7);
    assert.throws(
      () =>
        device.step(() => {
          throw new Error('stop');
        }),
      /stop/,
    );
    full(device, [1], 8);
    return made;
  });
  assert.is(inUse(), 1);
  assert.is(await x.item(), 7);
});

onOwnDevice(
  'an async function is refused, its memory released, and its later failure is not unhandled',
  async (device, inUse) => {
    const refused = (): unknown =>
      device.step(async () => {
        const x = full(device, [1], 1);
        await null;
        return doubled(x); // rejects: x was released
      });
    assert.throws(refused, (error: unknown) => error instanceof UsageError && /not async/.test(error.message));
    assert.is(inUse(), 0);
    await new Promise((resolve) => setTimeout(resolve, 5)); // an unhandled rejection would end the process here
  },
);

onOwnDevice('kept memory outlives steps and is released once', async (device, inUse) => {
  const kept = device.step(() => {
    const x = full(device, [3], 6);
    device.keep(x.storage);
    device.keep(x.storage);
    return [x, device.step(() => x)];
  })[0];
  device.step(() => void full(device, [3], 0));
  assert.equal([...(await kept.read())], [6, 6, 6]);
  kept.storage.release();
  assert.is(inUse(), 0);
  const [a, b] = [full(device, [3], 1), full(device, [3], 2)];
  assert.is.not(a.storage.buffer, b.storage.buffer);
});

onOwnDevice('memory that nobody holds returns after garbage collection, once', async (device, inUse) => {
  const constantsBefore = constant(device, 3);
  const held = full(device, [100], 1);
  (() => {
    for (let i = 0; i < 20; i++) full(device, [100], i);
    for (let i = 0; i < 20; i++) device.step(() => full(device, [100], i));
    for (let i = 0; i < 20; i++) device.keep(device.step(() => full(device, [100], i)).storage);
    full(device, [100], 1).storage.release();
  })();
  assert.is(inUse(), 62);
  await collectGarbage();
  assert.is(inUse(), 2);
  const { created } = device.statistics();
  const again = Array.from({ length: 60 }, (_, i) => full(device, [100], i));
  assert.is(device.statistics().created, created);
  assert.is(new Set([...again, held].map((t) => t.storage.buffer.block?.id)).size, 61);
  for (const [i, t] of again.entries()) assert.is((await t.read())[99], i);
  assert.is(await constantsBefore.item(), 3);
});

onOwnDevice('trim gives free buffers back and leaves the others usable', async (device) => {
  const x = tensor(device, [1, 2, 3]);
  device.step(() => void doubled(doubled(x)));
  await x.read();
  const { bytes, buffers } = device.statistics();
  assert.is(buffers, 3);
  device.trim();
  assert.equal([...(await x.read())], [1, 2, 3]); // its staging buffer was destroyed too and is made anew
  assert.is(device.statistics().stagingBuffers, 2);
  assert.equal([device.statistics().buffers, device.statistics().bytes], [1, bytes - 512]);
  assert.equal([...(await device.step(() => doubled(doubled(x))).read())], [4, 8, 12]);
});

test('a step listener runs once for the outermost step', async () => {
  const device = await testDevice();
  let calls = 0;
  device.stepListeners.push({ begin: () => calls++, mark: () => 0, replayed: () => {} });
  device.step(() => device.step(() => device.step(() => null)));
  device.step(() => null);
  device.stepListeners.pop();
  assert.is(calls, 2);
});

test('poison: fresh and recycled memory reads as NaN until it is written', () =>
  withDevice({ poison: true }, async (device) => {
    let id: number | undefined;
    const isPoisoned = async (count: number): Promise<void> => {
      const storage = device.allocate(count * 4);
      assert.ok((await floats(device, storage, storage.buffer.size / 4)).every(Number.isNaN), `${count} floats`);
      id = storage.buffer.block?.id;
      device.fill(storage, 0x3f800000);
      assert.ok((await floats(device, storage, count)).every((x) => x === 1));
      storage.release();
    };
    await isPoisoned(100);
    const first = id;
    await isPoisoned(100);
    assert.is(id, first); // recycled
    await isPoisoned(1);
    await isPoisoned(70001);
    device.step(() => void full(device, [100], 3));
    await isPoisoned(100);
  }));

test('poison: an op on memory that was never written shows; without poison nothing is dispatched', async () => {
  await withDevice({ poison: true }, async (device) => {
    const y = binary('add', tensor(device, [1, 2, 3]), empty(device, [3]));
    assert.ok([...(await y.read())].every(Number.isNaN));
  });
  await withDevice({ poison: false }, async (device) => {
    device.allocate(100);
    await device.sync();
    assert.is(device.statistics().dispatches, 0);
  });
});

test.run();
