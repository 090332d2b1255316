/** Matrix products: the cases, batches past the binding limit, and messages. */
import * as assert from 'uvu/assert';
import * as F from '../../src/autograd/ops/index.js';
import { matmul } from '../../src/kernels/matmul/matmul.js';
import { matmulFamily } from '../../src/kernels/matmul/family.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';

const test = gpuSuite('matmul');

test('batches, K and an activation after K in windows, past the binding limit', async () => {
  const x = Float32Array.from({ length: 20 * 64 * 7 }, (_, i) => Math.sin(i));
  const choice = { variant: 'naive' }; // the windows are the same, and its pipelines are made sooner
  const run = (limit?: number): Promise<number[]> =>
    withDevice(limit === undefined ? {} : { maxBindingBytes: limit }, async (device) => {
      const part = (...shape: number[]): Tensor => tensor(device, x.subarray(0, sizeOf(shape)), { shape });
      const batches = matmul(part(320, 4, 7), part(320, 7, 2), { choice });
      const repeated = matmul(part(4, 7), part(320, 7, 4), { choice });
      const row = part(1, 8960);
      // about 480
      const long = matmul(row, row, { transposeB: true, bias: tensor(device, [-4000]), activation: 'relu', choice });
      const negative = matmul(row, row, {
        transposeB: true,
        bias: tensor(device, [-5000]),
        activation: 'relu',
        choice,
      });
      return (await Promise.all([long, negative, batches, repeated].map(async (c) => [...(await c.read())]))).flat();
    });
  const [[long, ...got], [expected, ...others]] = [await run(16384), await run()];
  // windows of K add up in another order
  assert.ok(Math.abs(long - expected) < 0.1 && long > 400, `${long}, expected ${expected}`);
  assert.is(got[0], 0);
  assert.equal(got, others);
});

// dw = dᵀ x + …: everything that a product may do besides, by every member, whole and in parts of K. N of 12 is written
// as vec4s, of 11 not.
for (const [M, N] of [
  [20, 12],
  [19, 11],
]) {
  test(`bias, activation and sums of rows, ${M} x ${N}`, async () => {
    const device = await testDevice();
    const K = 256;
    const [a, b, bias] = [[K, M], [K, N], [N]].map((shape, call) =>
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1 + i * (call + 1))),
    );
    const problem = { batch: 1, M, N, K, transposeA: true, transposeB: false };
    const sum = (of: (k: number) => number): number =>
      Array.from({ length: K }, (_, k) => of(k)).reduce((x, y) => x + y, 0);
    const expected = Array.from({ length: M * N }, (_, i) =>
      Math.max(0, bias[i % N] + sum((k) => a[k * M + Math.floor(i / N)] * b[k * N + (i % N)])),
    );
    const expectedSums = Array.from({ length: M }, (_, m) => sum((k) => a[k * M + m]));
    const all = matmulFamily.candidates(device, problem);
    const choices = all.filter(
      (c, i) => all.findIndex((d) => d.variant === c.variant && !d.SPLITS === !c.SPLITS) === i,
    ); // one of each kind: tiles are tested elsewhere
    assert.ok(choices.some((c) => (device.adapter.isSoftware ? c.SPLITS === 2 : c.SPLITS !== undefined)));
    for (const choice of choices) {
      const rowSums = zeros(device, [M]);
      const upload = (data: Float32Array, ...shape: number[]): Tensor => tensor(device, data, { shape });
      const c = matmul(upload(a, K, M), upload(b, K, N), {
        transposeA: true,
        bias: upload(bias, N),
        activation: 'relu',
        rowSums,
        choice,
      });
      for (const [got, want] of [
        [await c.read(), expected],
        [await rowSums.read(), expectedSums],
      ]) {
        for (const [i, v] of want.entries())
          assert.ok(
            Math.abs(got[i] - v) < 1e-4 * (1 + Math.abs(v)),
            `${JSON.stringify(choice)} [${i}]: got ${got[i]}, expected ${v}`,
          );
      }
    }
  });
}

test('messages', async () => {
  const device = await testDevice();
  const at = (...shape: number[]): Tensor => zeros(device, shape);
  assert.throws(() => F.matmul(at(2, 3), at(4, 5)), /\[matmul\] a \(2, 3\) has K = 3 but b \(4, 5\) has K = 4/);
  assert.throws(() => F.matmul(at(2, 4, 3), at(3, 3, 5)), /\[matmul\] shapes \(2,\) and \(3,\) do not broadcast/);
  assert.throws(() => F.matmul(at(), at(3, 5)), /\[matmul\] a \(\) and b \(3, 5\) must have at least 2 dimensions/);
  assert.throws(
    () => F.addmm(at(4), at(2, 3), at(3, 5)),
    /\[addmm\] input \(4,\), a \(2, 3\), b \(3, 5\): input does not broadcast to \(2, 5\)/,
  );
  assert.throws(() => F.addmm(at(5), at(2, 3), at(4, 5)), /\[addmm\] .*: a and b are no matrices/);
  assert.throws(() => F.linear(at(2, 3), at(5, 4)), /\[linear\] x \(2, 3\) has 3 features but w \(5, 4\) expects 4/);
});

test.run();
