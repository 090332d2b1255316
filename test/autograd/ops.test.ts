/**
 * Every op on the GPU against its reference, forward and backward, at the cases' hostile sizes (src/cases/ops); and no
 * kernel that none of these checks launches.
 */
import * as assert from 'uvu/assert';
import { backward, ops } from '../../src/autograd/graph.js';
import { drawTensor, upload } from '../../src/cases/draw.js';
import { caseName, inputSpec } from '../../src/cases/spec.js';
import { kernels } from '../../src/device/kernel.js';
import { checkForward, checkGradients } from '../support/check_op.js';
import { areAllAsked, askedSpecs } from '../support/every_op.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { kernelChecks } from '../support/kernel_checks.js';
import { kernelsDuring } from '../support/kernel_log.js';

const test = gpuSuite('ops');
const withoutGradient = new Set(ops().flatMap((o) => (o.differentiable ? [] : [o.name])));
const launched = new Set<string>();

/** A check, whose kernels count as checked when it holds. */
function check(name: string, body: () => Promise<unknown>): void {
  test(name, async () => {
    const seen = await kernelsDuring(async () => void (await body()));
    for (const kernel of seen) launched.add(kernel);
  });
}

for (const spec of askedSpecs) {
  const isDifferentiable = !withoutGradient.has(spec.op);
  for (const c of spec.cases) {
    check(caseName(spec, c), async () => checkForward(await testDevice(), spec, c));
    if (isDifferentiable && c.forwardOnly === undefined)
      check(`${caseName(spec, c)}, gradients`, async () => checkGradients(await testDevice(), spec, c));
  }
  if (isDifferentiable) continue;
  test(`[${spec.op}] has no gradient, and says so`, async () => {
    const device = await testDevice();
    const inputs = spec.cases[0].shapes.map((shape, i) =>
      upload(device, drawTensor(shape, { low: 0, high: 1 }, 1), inputSpec(spec, i).dtype, true),
    );
    const y = spec.gpu(inputs, spec.cases[0].args);
    assert.throws(() => backward(y, y), `[${spec.op}] has no gradient`);
  });
}

if (areAllAsked) {
  for (const { name, run } of kernelChecks) check(name, async () => run(await testDevice()));

  /** No default, or no candidate, of an adapter that is told it is a GPU. */
  const ofSoftware = /_subgroup$|_sequence(_backward)?$/;
  /**
   * Of GPUs: kernels/matrix_units.test.ts and kernels/walk.test.ts compare them; kernels/policy.test.ts those that
   * augment, optim/published.test.ts those of optimizers of several launches.
   */
  const elsewhere = new RegExp(
    '_matrix(_sized|_emulated)?$|^(lstm|gru|rnn)_walk|^recurrent_weights|' +
      '^(augment_(window|policy)|policy_draw)$|^(lion|lamb_.*|muon_.*|advance_group_steps|axpby)$',
  );

  test('every kernel is launched by a check against a reference', async () => {
    const { adapter, features } = await testDevice();
    const cannot = features.has('shader-f16') ? [] : ['cast']; // halves alone need it
    const missing = kernels()
      .map((k) => k.name)
      .filter((name) => !launched.has(name) && !cannot.includes(name) && !elsewhere.test(name))
      .filter((name) => adapter.isSoftware || !ofSoftware.test(name));
    assert.equal(missing, [], 'kernels that no check launches');
  });
}

test.run();
