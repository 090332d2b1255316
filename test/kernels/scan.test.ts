/** Sums so far: against the reference; their error over a long row; special numbers; past the binding limit. */
import * as assert from 'uvu/assert';
import { cumsum } from '../../src/autograd/ops/index.js';
import { ShapeError } from '../../src/device/errors.js';
import { cumsum as cumsumKernel } from '../../src/kernels/scan/cumsum.js';
import * as reference from '../../src/kernels/scan/cumsum_reference.js';
import { tensor, zeros } from '../../src/tensor/tensor.js';
import { expectClose } from '../../src/cases/close.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';

const test = gpuSuite('scan');

test('the error does not grow with the length of a row', async () => {
  const device = await testDevice();
  const n = 1 << 20;
  const x = drawTensor([n], { low: 0, high: 1 }, 1);
  const exact = reference.cumsum(x, 0).data;
  const got = await cumsum(upload(device, x), 0).read();
  const error = (at: number): number => Math.abs(got[at] - exact[at]) / exact[at];
  const worst = exact.reduce((w, _, i) => Math.max(w, error(i)), 0);
  let naive = 0;
  for (const v of x.data) naive = Math.fround(naive + v);
  const inTurn = Math.abs(naive - exact[n - 1]) / exact[n - 1];
  assert.ok(worst < 1e-6, `relative error ${worst}`);
  assert.ok(error(n - 1) < inTurn / 10, `${error(n - 1)} at the end, ${inTurn} when added up in turn`);
});

test('NaN and infinities reach what comes after them, and nothing before', async () => {
  const device = await testDevice();
  for (const [shape, dim] of [
    [[3000], 0],
    [[300, 2], 0],
  ] as const) {
    const x = drawTensor(shape, UNIT, 2);
    const middle = 2 * Math.floor(x.data.length / 4);
    x.data[middle] = Infinity;
    x.data[middle + 100] = -Infinity;
    x.data[x.data.length - 2] = NaN;
    for (const reverse of [false, true]) {
      const expected = reverse ? reference.cumsumBackward(x, dim) : reference.cumsum(x, dim);
      const got = await cumsumKernel(upload(device, x), dim, reverse).read();
      const kind = (v: number): string => (Number.isFinite(v) ? 'finite' : String(v));
      assert.equal(Array.from(got, kind), Array.from(expected.data, kind));
    }
  }
});

test('windows of rows, and windows of one row', async () => {
  await withDevice({ maxBindingBytes: 65536 }, async (device) => {
    for (const [shape, dim] of [
      [[70, 999], 1], // several rows a window, which start anywhere
      [[3, 40_001], 1], // rows longer than a window
      [[131, 700], 0], // chunks of fewer entries
      [[9, 6000], 0], // two steps a window
      [[3, 300, 77], 1],
      [[5, 37, 500], 1], // a window an outer index
    ] as const) {
      const x = drawTensor(shape, UNIT, shape[0]);
      for (const reverse of [false, true]) {
        const expected = (reverse ? reference.cumsumBackward : reference.cumsum)(x, dim);
        expectClose({
          op: 'cumsum',
          argument: 'y',
          got: await cumsumKernel(upload(device, x), dim, reverse).read(),
          expected: expected.data,
          shape,
          pair: 'GPU with CPU',
          label: `(${shape.join(', ')}) dim ${dim}${reverse ? ', reverse' : ''}`,
        });
      }
    }
    assert.throws(
      () => cumsum(zeros(device, [3, 9000]), 0),
      (e: unknown) => e instanceof ShapeError && e.message.includes('two steps of 36000 bytes'),
    );
  });
});

test('what is refused', async () => {
  const device = await testDevice();
  assert.throws(() => cumsum(zeros(device, [2, 3]), 2), /\[cumsum\] dim 2/);
  assert.throws(() => cumsum(tensor(device, Uint32Array.of(1, 2)), 0), /\[cumsum\] x \(2,\) is u32/);
});

test.run();
