/**
 * No op without cases, gradient check and PyTorch vectors: what is added to src without them fails here, within seconds
 * and without a GPU. (A benchmark size that is missing does not compile: src/cases/spec.ts.)
 */
import * as assert from 'uvu/assert';
import { ops } from '../../src/autograd/graph.js';
import { opSpecs, specOf } from '../../src/cases/index.js';
import { inputSpec } from '../../src/cases/spec.js';
import { areAllAsked, askedSpecs, isAsked } from '../support/every_op.js';
import { goldenOps, readGolden } from '../support/golden.js';
import { suite } from '../support/harness.js';

const test = suite('complete');

test('every op has cases (src/cases/ops), and every case an op', () => {
  const own = opSpecs.filter((s) => !s.composed).map((s) => s.op);
  const declared = ops().map((o) => o.name);
  assert.equal(
    declared.filter((name) => !own.includes(name)),
    [],
    'ops without cases: add a file to src/cases/ops and name it in src/cases/index.ts',
  );
  assert.equal(
    own.filter((name) => !declared.includes(name)),
    [],
    'cases of no op: is its file in src/autograd/ops/index.ts?',
  );
  if (!areAllAsked) assert.ok(askedSpecs.length > 0, `no op ${process.env['WEFT_OPS'] ?? ''}: src/cases/ops has them`);
});

for (const { op, composed, cases, inputs } of askedSpecs) {
  const registered = ops().find((o) => o.name === op);
  const hasGradient = composed === true || registered?.differentiable === true;
  test(`[${op}] has vectors, with a gradient unless it has none`, () => {
    const file = op.replace(/\W+/g, '_');
    assert.ok(goldenOps().includes(file), `make them: python3 test/golden/make.py ${op} (see docs/add_an_op.md)`);
    const found = readGolden([file]).cases.some((c) => c.gradients.some((g) => g !== null));
    if (composed !== true) assert.is(found, hasGradient, 'a gradient in the vectors');
  });
  if (!hasGradient) continue;
  test(`[${op}] has a gradient check of each input`, () => {
    const checked = cases.filter((c) => c.forwardOnly === undefined && c.shapes.some((s) => !s.includes(0)));
    assert.ok(
      checked.some((c) => c.shapes.length >= inputs.length),
      'no case has all inputs, elements and no `forwardOnly`',
    );
  });
  test(`[${op}] names its inputs`, () => {
    for (const c of specOf(op).cases)
      for (const i of c.shapes.keys()) assert.ok(inputSpec(specOf(op), i).name.length > 0);
  });
}

test('vectors belong to an op', () => {
  const known = new Set(opSpecs.map((s) => s.op.replace(/\W+/g, '_')));
  assert.equal(
    goldenOps().filter((name) => isAsked(name) && !known.has(name)),
    [],
  );
});

test.run();
