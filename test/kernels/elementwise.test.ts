/** The rows of the elementwise tables, and where; and what their cases cannot hold: infinities, NaN, erf to its last digits. */
import * as assert from 'uvu/assert';
import { clamp, erf, where } from '../../src/autograd/ops/index.js';
import { erf as erfReference } from '../../src/kernels/cpu/erf.js';
import { BINARY, UNARY } from '../../src/kernels/elementwise_table.js';
import { LOSSES } from '../../src/kernels/loss_table.js';
import { tensor } from '../../src/tensor/tensor.js';
import { testDevice } from '../support/gpu.js';
import { forwardSuite } from '../support/op_tests.js';

const test = forwardSuite('elementwise', [...Object.keys(UNARY), ...Object.keys(BINARY).filter((name) => !(name in LOSSES)), 'where']);

test('erf is within 1.5e-7 everywhere', async () => {
  const x = Float32Array.from({ length: 100_001 }, (_, i) => (i - 50_000) / 8333);
  const y = Array.from(await erf(tensor(await testDevice(), x)).read());
  const worst = y.reduce((m, v, i) => Math.max(m, Math.abs(v - erfReference(x[i]))), 0);
  assert.ok(worst < 1.5e-7, `off by ${worst}`);
});

test('erf in f64', () => {
  // Abramowitz & Stegun, table 7.1, and 1 - erfc(4) of Mathematica
  const known = [[0, 0], [0.5, 0.5204998778130465], [1, 0.8427007929497149], [2, 0.9953222650189527], [3, 0.9999779095030014], [-1, -0.8427007929497149], [4, 0.9999999845827421], [9, 1]];
  for (const [x, y] of known) assert.ok(Math.abs(erfReference(x) - y) < 4e-16, `erf(${x}) = ${erfReference(x)}`);
});

test('clamp with one bound leaves infinities on the other side', async () => {
  const x = tensor(await testDevice(), [-Infinity, -3, 3, Infinity]);
  assert.equal([...(await clamp(x, { min: -1 }).read())], [-1, -1, 3, Infinity]);
  assert.equal([...(await clamp(x, { max: 1 }).read())], [-Infinity, -3, 1, 1]);
  assert.throws(() => clamp(x, {}), /\[clamp\] has neither min nor max/);
});

test('where takes nothing from the side it does not choose', async () => {
  const device = await testDevice();
  const y = where(tensor(device, [1, 0]), tensor(device, [2, NaN]), 5);
  assert.equal([...(await y.read())], [2, 5]);
  assert.throws(() => where(tensor(device, [1, 0]), tensor(device, [1, 2, 3]), 0), /\[where\] shapes \(2,\) and \(3,\) do not broadcast/);
  assert.throws(() => where(tensor(device, [1, 0], { dtype: 'u32' }), 1, 0), /\[where\] condition \(2,\) is u32, expected f32/);
});

test.run();
