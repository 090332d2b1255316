/** A captured step in pieces: what is written is told when it has been submitted, before the rest is. */
import * as assert from 'uvu/assert';
import { add, mul } from '../../src/autograd/ops/index.js';
import { noGrad } from '../../src/autograd/graph.js';
import type { Device } from '../../src/device/device.js';
import { stridedCopyInto } from '../../src/kernels/movement/strided_copy.js';
import { tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { suite } from '../support/harness.js';
import { testDevice } from '../support/gpu.js';

const test = suite('a captured step in pieces');

function copyInto(from: Tensor, to: Tensor, at: number): void {
  stridedCopyInto('test', [64], from, { offset: 0, strides: [1] }, to, { offset: at, strides: [1] });
}

/** Writes x + 1 into the second half of `into`, then 3 x into the first. */
function body(x: Tensor, into: Tensor): void {
  noGrad(() => {
    copyInto(add(x, 1), into, 64);
    copyInto(mul(x, 3), into, 0);
  });
}

test('ranges come in the order in which they are written, with their numbers', async () => {
  const device: Device = await testDevice();
  const x = tensor(
    device,
    Float32Array.from({ length: 64 }, (_, i) => i),
  );
  const into = zeros(device, [128]);
  const step = device.capture(() => body(x, into));
  const range = (at: number): { storage: Tensor['storage']; offset: number; bytes: number } => ({
    storage: into.storage,
    offset: 4 * at,
    bytes: 256,
  });
  const told: number[] = [];
  let early: Promise<Float32Array> | null = null;
  const watch = {
    ranges: [range(0), range(64)],
    onWritten: (i: number) => {
      told.push(i);
      if (i === 1) early = into.read() as Promise<Float32Array>;
    },
  };
  step.watching(watch); // the recording
  assert.equal(told, [0, 1]);
  await device.sync();
  into.write(new Float32Array(128));
  told.length = 0;
  step.watching(watch);
  assert.equal(told, [1, 0]);
  const seen = await (early as Promise<Float32Array> | null);
  assert.equal(
    [...(seen as Float32Array).slice(64)],
    Array.from({ length: 64 }, (_, i) => i + 1),
  );
  assert.equal([...(seen as Float32Array).slice(0, 64)], new Array(64).fill(0), 'what is computed later is not there');
  const all = await into.read();
  assert.equal(
    [...all.slice(0, 64)],
    Array.from({ length: 64 }, (_, i) => 3 * i),
  );
  step.release();
});

test.run();
