/**
 * No op without reference, gradient check and PyTorch vectors; no kernel without a check. What is added to src without
 * them fails here.
 */
import { readdirSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { ROWS } from '../../bench/kernels/rows.js';
import { backward, ops } from '../../src/autograd/graph.js';
import { kernels } from '../../src/device/kernel.js';
import { checkForward, checkGradients } from '../support/check_op.js';
import { readGolden } from '../support/golden.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { drawTensor, upload } from '../../src/cases/draw.js';
import { kernelChecks } from '../support/kernel_checks.js';
import { kernelsDuring } from '../support/kernel_log.js';
import { opSpecs, specOf } from '../../src/cases/index.js';
import { inputSpec, type OpSpec } from '../../src/cases/spec.js';

// Ops and kernels enter their lists when their file is loaded: load all of them.
const SOURCE = new URL('../../src/', import.meta.url);
for (const folder of ['kernels/', 'autograd/ops/']) {
  for (const file of readdirSync(new URL(folder, SOURCE)))
    if (file.endsWith('.js')) await import(new URL(folder + file, SOURCE).href);
}

const golden = readGolden();
const test = gpuSuite('registry');

test('every op has a reference, and every reference an op', () => {
  assert.equal(
    opSpecs
      .filter((s) => !s.composed)
      .map((s) => s.op)
      .sort(),
    ops()
      .map((o) => o.name)
      .sort(),
  );
});

test('every op has PyTorch vectors, and a gradient in them unless it has none', () => {
  for (const { name, differentiable } of ops()) {
    const vectors = golden.cases.filter((c) => c.op === name);
    assert.ok(vectors.length > 0, `[${name}] has no vectors: add it to test/golden/make.py`);
    assert.is(
      vectors.some((c) => c.gradients.some((g) => g !== null)),
      differentiable,
      `[${name}] gradients in test/golden`,
    );
  }
});

test('every op has a benchmark row', () => {
  const measured = new Set(ROWS.map((row) => row.spec.op));
  assert.equal(
    ops()
      .map((o) => o.name)
      .filter((name) => !measured.has(name)),
    [],
    'say `bench` beside their cases',
  );
});

test('every differentiable op has a gradient check of each input', () => {
  for (const { name, differentiable } of ops()) {
    const spec = specOf(name);
    const checked = spec.cases.filter((c) => c.forwardOnly === undefined && c.shapes.some((s) => !s.includes(0)));
    if (differentiable)
      assert.ok(
        checked.some((c) => c.shapes.length >= spec.inputs.length),
        `[${name}] has no gradient check`,
      );
  }
});

for (const { name, differentiable } of ops()) {
  if (differentiable) continue;
  test(`[${name}] has no gradient, and says so`, async () => {
    const device = await testDevice();
    const spec = specOf(name);
    const inputs = spec.cases[0].shapes.map((shape, i) =>
      upload(device, drawTensor(shape, { low: 0, high: 1 }, 1), inputSpec(spec, i).dtype, true),
    );
    const y = spec.gpu(inputs, spec.cases[0].args);
    assert.throws(() => backward(y, y), `[${name}] has no gradient`);
  });
}

/** Of an op with a backward of its own all cases, which may take different kernels; of the others one. */
function representatives(spec: OpSpec): OpSpec['cases'] {
  const cases = spec.cases.filter((c) => c.forwardOnly === undefined);
  return spec.cpuBackward === undefined ? cases.slice(0, 1) : cases;
}

test('every kernel is launched by a check against a reference', async () => {
  const device = await testDevice();
  const differentiable = new Set(ops().flatMap((o) => (o.differentiable ? [o.name] : [])));
  const launched = await kernelsDuring(async () => {
    for (const spec of opSpecs) {
      for (const c of spec.cases) await checkForward(device, spec, c);
      if (differentiable.has(spec.op)) for (const c of representatives(spec)) await checkGradients(device, spec, c);
    }
    for (const check of kernelChecks) await check.run(device);
  });
  const cannot = device.features.has('shader-f16') ? [] : ['cast']; // halves alone need it
  const missing = kernels()
    .map((k) => k.name)
    .filter((name) => !launched.has(name) && !cannot.includes(name));
  assert.equal(missing, [], 'kernels that no check launches');
});

test('every input of an op has a name and a domain', () => {
  for (const spec of opSpecs)
    for (const c of spec.cases) for (let i = 0; i < c.shapes.length; i++) assert.ok(inputSpec(spec, i).name.length > 0);
});

test.run();
