/** Pipelines that a program makes are written down, and compiled for a card. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { adviceFor, missingPackages } from '../../bench/verdict/native.js';
import { compileRecord } from '../../bench/verdict/suite/compile.js';
import { exceptionFor } from '../../bench/verdict/suite/exceptions.js';
import { listRecord, readRecorded } from '../../bench/verdict/suite/record.js';
import { faultsOf, summaryOf } from '../../bench/verdict/suite/report.js';
import { UsageError } from '../../src/device/errors.js';
import { runProgram } from '../device/tools.js';
import { skipped, suite } from '../support/harness.js';

const test = suite('pipelines of the tests');
const folder = mkdtempSync(join(tmpdir(), 'weft-pipelines-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Makes some, one of which does not compile; twice, in two processes. */
const PROGRAM = `
  import { Device, full, sum, relu, add } from 'src/index.js';
  const device = await Device.create({ poison: false });
  const a = full(device, [64], 2);
  await sum(relu(add(a, a))).item();
  device.gpu.pushErrorScope('validation');
  const module = device.gpu.createShaderModule({ code: '@compute @workgroup_size(1) fn main() { nonsense(); }' });
  device.gpu.createComputePipeline({ label: 'nonsense', layout: 'auto', compute: { module } });
  await device.gpu.popErrorScope();
  device.destroy();
`;

test('each is written once, with all that it is made of, and what does not compile is not', async () => {
  const hook = new URL('../../../scripts/lib/record_pipelines.mjs', import.meta.url).href;
  const once = async (): Promise<string[]> => {
    const { code, stderr } = await runProgram(PROGRAM, { WEFT_PIPELINES: folder, NODE_OPTIONS: `--import=${hook}` });
    assert.is(code, 0, stderr);
    return listRecord(folder);
  };
  const digests = await once();
  assert.ok(digests.length >= 3, `${digests.length} pipelines`);
  assert.equal(await once(), digests);
  const all = digests.map((digest) => readRecorded(folder, digest));
  assert.ok(all.every(({ code, layout, entryPoint }) => code.includes('@compute') && layout && entryPoint === 'main'));
  assert.not.ok(all.some(({ label }) => label === 'nonsense'));
});

test('an empty folder is refused', () => {
  assert.throws(
    () => listRecord(join(folder, 'none')),
    (e: unknown) => e instanceof UsageError,
  );
});

const missing = missingPackages();
if (missing.length > 0) skipped.push(`pipelines of the tests, compiled for a card (${adviceFor(missing)})`);
else {
  test('all compile for a card, for subgroups of a size that is asked for; one that is broken is at fault', async () => {
    const good = listRecord(folder);
    const broken = JSON.parse(readFileSync(join(folder, `${good[0]}.json`), 'utf8')) as Record<string, string>;
    writeFileSync(join(folder, 'broken.json'), JSON.stringify({ ...broken, label: 'broken', code: 'fn main() {}' }));
    const digests = listRecord(folder);
    const compiled = await compileRecord('navi31', folder, digests, () => {}, { WEFT_SUBGROUP_SIZE: '32' });
    const labels = new Map(digests.map((digest) => [digest, readRecorded(folder, digest).label]));
    const summary = summaryOf(compiled, labels);
    assert.is(summary.compiled, good.length);
    assert.equal(
      faultsOf(summary).map(({ label }) => label),
      ['broken'],
    );
    assert.ok(summary.worst.every(([, { subgroup, vgprs, waves }]) => subgroup === 32 && vgprs > 0 && waves > 3));
  });
}

test('exceptions are of pipelines by name, and of memory in the place of registers only where it says so', () => {
  assert.ok(exceptionFor('lstm_sequence|S:8u|ROWS:16u', 4096) !== undefined);
  assert.is(exceptionFor('lstm_sequence|S:32u|ROWS:16u', 4096), undefined);
  assert.ok(exceptionFor('attention_subgroup_backward|ROWS:8u|S:8u|OF_KEYS:true', 4096) !== undefined);
  assert.is(exceptionFor('attention_subgroup|ROWS:8u|S:32u|OF_KEYS:false', 4096), undefined);
  assert.is(exceptionFor('matmul_workgroup|TILE_M:64u', 0), undefined);
  assert.ok(exceptionFor('thin_forward_register|IN_C:6u', 0) !== undefined);
  assert.is(exceptionFor('thin_forward_register|IN_C:6u', 64), undefined);
});

test.run();
