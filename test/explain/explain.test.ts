/** `weft explain`: no op without a text, what is derived is right, the command says it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ops } from '../../src/autograd/graph.js';
import { lettersOf } from '../../src/cases/bench_rows.js';
import { TRIALS } from '../../src/cases/index.js';
import { isDifferentiable } from '../../src/cases/spec.js';
import { ideaOf } from '../../src/explain/explain_idea.js';
import { constantOf } from '../../src/explain/explain_launches.js';
import { reasonOf } from '../../src/explain/explain_families.js';
import { explainOp, listOps, rowOf, underRoof, type Explanation } from '../../src/explain/explain_op.js';
import { tilePicture } from '../../src/explain/explain_picture.js';
import { tileLines, tileOf, tileText } from '../../src/explain/explain_tile.js';
import { textNames, textOf } from '../../src/explain/explain_text.js';
import { AdapterError } from '../../src/device/errors.js';
import { expectRefusals, weft, weftJson } from '../cli/weft.js';
import { inFolder } from '../data/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('explain');

async function explained(op: string, sizes: number[] | null = null): Promise<Explanation> {
  const row = rowOf(op, sizes);
  if (row === null) throw new Error(`${op} has no row`);
  return explainOp(await testDevice(), row);
}

test('every op has a text, and every text an op', () => {
  const names = ops().map((o) => o.name);
  assert.ok(names.length > 100, `${names.length} ops`);
  assert.equal(
    names.filter((name) => textOf(name) === undefined),
    [],
  );
  assert.equal(
    textNames().filter((name) => !names.includes(name)),
    [],
  );
  assert.equal(listOps().flatMap((g) => g.ops).length, names.length);
});

test('every op can be explained: formula, a gradient for each input that has one, a drawing', async () => {
  const hasHalves = (await testDevice()).features.has('shader-f16');
  for (const { name, differentiable } of ops()) {
    const row = rowOf(name, null);
    assert.ok(row !== null, name);
    if (name === 'cast' && !hasHalves) {
      assert.is((await explained(name).catch((error: unknown) => error)) instanceof AdapterError, true, name);
      continue;
    }
    const e = await explained(name);
    assert.ok(
      e.formula.length > 4 && e.drawing.length > 0 && e.drawing.every((line) => !/NaN|undefined/.test(line)),
      name,
    );
    for (const [i, input] of e.inputs.entries()) {
      const wanted = differentiable && isDifferentiable(row.spec, i);
      assert.is(input.gradient !== null && input.gradient !== '', wanted, `${name} ${input.name}`);
    }
    const text = textOf(name);
    if (!differentiable) assert.equal(text?.gradient, {}, `${name} has no gradient`);
    assert.ok(
      e.forward.every((l) => l.threads >= 1 && l.workgroups >= 1),
      `${name}: threads`,
    );
    for (const f of e.families) {
      assert.is(f.members.filter((m) => m.isChosen).length, 1, `${name}: ${f.family}`);
      for (const m of f.members) assert.ok(m.idea.length > 10, `${name}: ${f.family} ${m.variant} has no idea`);
    }
  }
});

test('every family says why its default is what it is', () => {
  const families = TRIALS.map((t) => t.family.name);
  assert.ok(families.length > 8);
  for (const software of [true, false])
    assert.equal(
      families.filter((name) => (reasonOf(name, software) ?? '') === ''),
      [],
    );
});

test('explaining runs nothing', async () => {
  const device = await testDevice();
  const before = device.statistics().dispatches;
  await explained('matmul');
  assert.is(device.statistics().dispatches, before);
});

test('what is kept is what forward returns: inputs and output by name, anything else with its bytes', async () => {
  const names = async (op: string): Promise<string[]> =>
    (await explained(op)).saved.map((s) => `${s.name}${s.isExtra ? '+' : ''}`);
  assert.equal(await names('tanh'), ['y']);
  assert.equal(await names('matmul'), ['a', 'b']);
  assert.equal(await names('neg'), []);
  const pool = await explained('max_pool2d');
  assert.equal(pool.saved, [{ name: 'index', shape: pool.output.shape, bytes: 4 * 64 * 32 * 14 * 14, isExtra: true }]);
});

test('sizes, work and the roof', async () => {
  const e = await explained('matmul', [64, 128, 32]);
  assert.equal(
    e.inputs.map((i) => i.shape),
    [
      [64, 128],
      [128, 32],
    ],
  );
  assert.equal([e.flops, e.bytes], [2 * 64 * 128 * 32, 4 * (64 * 128 + 128 * 32 + 64 * 32)]);
  const roofs = { copyGbs: 10, kernelCopyGbs: 10, bufferCopyGbs: 10, fmaGflops: 20, clock: 'gpu' } as const;
  const at = underRoof(e, roofs);
  assert.is(at.ridge, 2);
  assert.is(at.bound, 'arithmetic');
  assert.is(at.leastMilliseconds, e.flops / 20 / 1e6);
  const relu = underRoof(await explained('relu'), roofs);
  assert.is(relu.bound, 'memory');
  assert.is(rowOf('matmul', [64, 128]), null);
  const row = rowOf('matmul', null);
  assert.is(row && lettersOf(row), 'MxKxN');
});

test('a tile covers its workgroup: threads are as many as the shader says', async () => {
  let seen = 0;
  for (const [op, sizes] of [
    ['matmul', [64, 64, 64]],
    ['linear', null],
    ['conv2d', [8, 32, 14, 14, 64, 5]],
  ] as const) {
    const e = await explained(op, sizes === null ? null : [...sizes]);
    for (const launch of e.forward) {
      const tile = tileOf(launch);
      if (tile === null) continue;
      seen++;
      const threads = (tile.tileRows / tile.threadRows) * (tile.tileColumns / tile.threadColumns);
      if (tile.worker === 'thread') assert.is(threads, launch.threads, `${op} ${launch.kernel}`);
      assert.ok(tileText(tile).some((line) => line.includes('███')));
      const svg = tilePicture(tile, 'a < b', tileLines(tile));
      assert.match(svg, /a &lt; b/);
      assert.not.match(svg, /NaN|undefined/);
    }
  }
  assert.ok(seen >= 2, `${seen} tiles`);
});

test('constants are worked out, ideas are found', () => {
  const wgsl = 'const A = 8u; // why\nconst B = 4 * A;\nconst C = B / A;\nconst D = max(A, B);\n';
  assert.equal([constantOf(wgsl, 'A'), constantOf(wgsl, 'B'), constantOf(wgsl, 'C')], [8, 32, 4]);
  assert.ok(Number.isNaN(constantOf(wgsl, 'D')) && Number.isNaN(constantOf(wgsl, 'E')));
  assert.is(
    ideaOf(
      '// y = x.\n//\n// A thread makes one. What it adds to the naive version: nothing. Not this.\n// Nor this.\nfn',
    ),
    'What it adds to the naive version: nothing. Not this.',
  );
  assert.is(ideaOf('fn main() {}'), '');
});

test('the command: text, list, document, shader, picture', () =>
  inFolder(async (cwd) => {
    const list = await weft(['explain'], { cwd });
    assert.match(list.stdout, /^ {2}matmul +c\[m, n\] = sum over k/m);
    const plain = await weft(['explain', 'matmul', '--shapes', '32x16x64', '--out', 'tile.svg'], { cwd });
    assert.is(plain.code, 0, plain.stderr);
    for (const part of [
      'formula',
      'gradient',
      'kept for backward',
      'launches',
      'kernels of matmul',
      'who computes what',
    ])
      assert.ok(plain.stdout.includes(`\n${part}`), part);
    assert.match(plain.stdout, /a \(32, 16\), b \(16, 64\) -> y \(32, 64\)/);
    assert.match(readFileSync(join(cwd, 'tile.svg'), 'utf8'), /^<svg [^]*<\/svg>\n$/);
    const relu = await weftJson<Explanation>(['explain', 'relu', '--json'], { cwd });
    assert.equal([relu.op, relu.forward.length, relu.saved.length], ['relu', 1, 1]);
    const shader = await weft(['explain', 'relu', '--wgsl'], { cwd });
    assert.match(shader.stdout, /^\/\/ ---- unary: shaders\/elementwise\/unary\.wgsl/);
    assert.match(shader.stdout, /rectified\(x\)/);
    await expectRefusals(cwd, [
      { args: 'explain matmull', code: 2, says: [/there is no op "matmull"/, /did you mean matmul\?/] },
      { args: 'explain matmul --shapes 3x4', code: 2, says: [/is not MxKxN/, /give 3/] },
      { args: 'explain relu --out x.svg', code: 2, says: [/nothing to draw/] },
      { args: 'explain matmul --out x.png', code: 2, says: [/no SVG file/] },
    ]);
  }));

test('--time: every member agrees with the reference and has a time', () =>
  inFolder(async (cwd) => {
    interface Timed {
      readonly timed: readonly { member: string; milliseconds: number | null; error: string | null }[];
      readonly roofs: { copyGbs: number };
    }
    const { timed, roofs } = await weftJson<Timed>(['explain', 'matmul', '--shapes', '32x32x32', '--time', '--json'], {
      cwd,
    });
    assert.ok(roofs.copyGbs > 0 && timed.length > 1);
    assert.equal(
      timed.filter((t) => t.milliseconds === null || t.milliseconds <= 0),
      [],
    );
    const { timed: one } = await weftJson<Timed>(['explain', 'tanh', '--shapes', '1000', '--time', '--json'], { cwd });
    assert.equal(
      one.map((t) => [t.member, t.error]),
      [['tanh', null]],
    );
  }));

test.run();
