import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import type { ProfileRow } from '../../src/device/profiler.js';
import { add_ } from '../../src/kernels/elementwise/accumulate.js';
import { binary } from '../../src/kernels/elementwise/binary.js';
import { full, zeros } from '../../src/tensor/tensor.js';
import { testDevice, withDevice } from '../support/gpu.js';
import { skipped, suite } from '../support/harness.js';
import { fails } from './tools.js';

const test = suite('profiler');

/** A test on a device without poison, whose fills would be profiled too. */
async function profiled(name: string, body: (device: Device) => Promise<void>): Promise<void> {
  if ((await testDevice()).features.has('timestamp-query')) test(name, () => withDevice({ poison: false }, body));
  else skipped.push(`profiler: ${name} (the adapter has no timestamps)`);
}

const counts = (rows: readonly ProfileRow[]): Record<string, number> =>
  Object.fromEntries(rows.map((r) => [r.label, r.calls]));

await profiled('a row for each kernel, with its calls and its time, slowest first', async (device) => {
  const [x, big] = [full(device, [64], 1), full(device, [2 ** 20], 1)];
  const rows = await device.profile(() => {
    for (let i = 0; i < 3; i++) binary('mul', big, big);
    for (let i = 0; i < 2; i++)
      add_(
        x,
        x.device.step(() => full(device, [64], i)),
      );
  });
  assert.equal(counts(rows), { binary: 3, add_in_place: 2, fill: 2 });
  assert.is(rows[0].label, 'binary');
  for (const [i, row] of rows.entries()) {
    assert.ok(row.milliseconds > 0 && row.milliseconds < 10000, `${row.label}: ${row.milliseconds} ms`);
    assert.ok(i === 0 || row.milliseconds <= rows[i - 1].milliseconds);
  }
});

await profiled('what was recorded before and after is not counted', async (device) => {
  const x = full(device, [64], 1);
  const rows = await device.profile(() => device.fill(x.storage, 0));
  device.fill(x.storage, 0);
  await device.sync();
  assert.equal(counts(rows), { fill: 1 });
  assert.equal(await device.profile(() => {}), []);
});

await profiled(
  'more dispatches than one set of timestamps holds, with reads between; results are right',
  async (device) => {
    const [x, one] = [zeros(device, [1]), full(device, [1], 1)];
    let seen = 0;
    const rows = await device.profile(async () => {
      for (let i = 0; i < 2500; i++) add_(x, one);
      seen = await x.item();
      for (let i = 0; i < 2500; i++) add_(x, one);
    });
    assert.equal(counts(rows), { add_in_place: 5000 });
    assert.is(seen, 2500);
    assert.is(await x.item(), 5000);
  },
);

await profiled('an exception in the body ends the profile; profiles do not nest', async (device) => {
  const x = full(device, [64], 1);
  let message = '';
  await device
    .profile(() => {
      throw new Error('stop');
    })
    .catch((error: Error) => (message = error.message));
  assert.is(message, 'stop');
  await device.profile(() => fails(() => device.profile(() => {}), UsageError, /already/).then(() => {}));
  assert.equal(counts(await device.profile(() => device.fill(x.storage, 0))), { fill: 1 });
});

test.run();
