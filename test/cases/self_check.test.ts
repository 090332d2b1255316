/** The self-check of `weft doctor`: right on this adapter, and not blind to wrong answers and gradients. */
import * as assert from 'uvu/assert';
import { specOf } from '../../src/cases/index.js';
import { selfCheck } from '../../src/cases/self_check.js';
import { hostTensor, type HostTensor } from '../../src/kernels/launch/host_tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('self-check');

test('every marked case is right, and has a name of its own', async () => {
  const results = await selfCheck(await testDevice());
  assert.ok(results.length > 30, `${results.length} checks`);
  assert.equal(
    results.filter((r) => !r.passed),
    [],
  );
  assert.is(new Set(results.map((r) => r.name)).size, results.length);
});

/** The numbers with the last one changed. */
const changed = (x: HostTensor, last: number): HostTensor =>
  hostTensor(
    x.shape,
    x.data.map((v, i) => (i === x.data.length - 1 ? last : v)),
  );

test('a wrong answer and a wrong gradient of any input are seen, NaN too', async () => {
  const device = await testDevice();
  const spec = specOf('avg_pool2d');
  const loops = spec.cpuBackward ?? (() => []);
  const passed = async (planted: object): Promise<boolean[]> =>
    (await selfCheck(device, [{ ...spec, ...planted }])).map((r) => r.passed);
  assert.equal(await passed({}), [true, true]);
  for (const wrong of [7, NaN]) {
    const cpu: typeof spec.cpu = (inputs, args) => changed(spec.cpu(inputs, args), wrong);
    assert.equal(await passed({ cpu }), [false, true]);
    const cpuBackward: typeof loops = (...given) => loops(...given).map((d) => changed(d, wrong));
    assert.equal(await passed({ cpuBackward }), [true, false]);
  }
});

test.run();
