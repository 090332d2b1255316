/** `weft tune` and `weft doctor` as a user runs them: a bounded time, a table, a file that later commands use. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { ClassResult } from '../../src/kernels/tune/tuner.js';
import { removeTuned, writeTuned } from '../../src/kernels/tune/tuned_file.js';
import { inFolder } from '../data/fixtures.js';
import { testDevice } from '../support/gpu.js';
import { suite } from '../support/harness.js';
import { writeGarments } from './garments.js';
import { expectRefusals, weft, weftJson } from './weft.js';

const test = suite('tune');

const HOME = mkdtempSync(join(tmpdir(), 'weft-tune-'));
test.after(() => rmSync(HOME, { recursive: true, force: true }));
const options = { cwd: HOME, env: { WEFT_CACHE: join(HOME, 'cache'), WEFT_TUNE: '1' } };

interface TuneDocument {
  readonly path: string | null;
  readonly models: readonly string[];
  readonly classes: readonly ClassResult[];
}
interface Doctor {
  readonly adapters: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  readonly checks: readonly { readonly name: string; readonly passed: boolean }[];
  readonly tuned: { readonly state: string; readonly path?: string; readonly classes?: number; readonly when?: string };
}

/** Puts one choice into the file that the commands below find. */
async function writeOurs(): Promise<string> {
  const { adapter } = await testDevice();
  const before = process.env['WEFT_CACHE'];
  process.env['WEFT_CACHE'] = options.env.WEFT_CACHE;
  try {
    await removeTuned(adapter);
    return await writeTuned(adapter, { 'nonesuch N64': { choice, milliseconds: 1, defaultMilliseconds: 2 } });
  } finally {
    if (before === undefined) delete process.env['WEFT_CACHE'];
    else process.env['WEFT_CACHE'] = before;
  }
}

test('wrong words', () =>
  inFolder((cwd) =>
    expectRefusals(cwd, [
      { args: 'tune --models cn', code: 2, says: [/no model "cn"/, /did you mean cnn\?/] },
      { args: 'tune --models mlp,', code: 2, says: [/no model ""/] },
      { args: 'tune --seconds 0', code: 2, says: [/--seconds "0" is not a whole number of at least 1/] },
      { args: 'tune --reset=maybe', code: 2, says: [/--reset takes no value/] },
      { args: 'tune --no-tune', code: 2, says: [/takes no option --no-tune/] },
      { args: 'doctor --no-tnue', code: 2, says: [/takes no option --no-tnue/] },
    ]),
  ));

test('tuning keeps to its time, answers for every class it met, and writes what it found', async () => {
  const began = performance.now();
  const { classes, path, models } = await weftJson<TuneDocument>(
    ['tune', '--models', 'mlp', '--batch', '16', '--seconds', '2', '--force'],
    options,
  );
  assert.ok((performance.now() - began) / 1000 < 40, 'the last candidate may take its time to compile, not more');
  assert.equal(models, ['mlp']);
  for (const c of classes) assert.is(c.selection === null, c.skipped !== null, c.key);
  const found = classes.filter((c) => c.selection?.choice);
  assert.is(path === null, found.length === 0);
  if (path === null) return;
  const { choices } = JSON.parse(readFileSync(path, 'utf8')) as { choices: Record<string, unknown> };
  assert.equal(Object.keys(choices), found.map((c) => c.key).sort());
});

const choice = { variant: 'gone', TILE: 8 };

test('doctor: every kernel is right; it says whether there is a file and from when, and ignores a damaged one', async () => {
  const path = await writeOurs();
  const report = await weftJson<Doctor>(['doctor'], options);
  assert.ok(report.adapters.length > 0 && report.limits['maxBufferSize'] > 0);
  assert.ok(report.checks.length >= 10 && report.checks.every((c) => c.passed));
  const { tuned } = report;
  assert.equal([tuned.state, tuned.path, tuned.classes], ['found', path, 1]);
  assert.match(tuned.when ?? '', /^20\d\d-\d\d-\d\dT/);
  writeFileSync(path, '{"format": "weft-tuned-1", ');
  const { code, stdout, stderr } = await weft(['doctor'], options);
  assert.is(code, 0, stderr);
  assert.ok(stderr.includes(`warning: ${path} is damaged; the default kernels are used`), stderr);
  assert.match(stdout, /^tuned: not used/m);
});

test('train uses it and records it, eval uses it; not under --no-tune or WEFT_TUNE=0', async () => {
  await writeOurs();
  const recorded = (run: string): unknown =>
    (JSON.parse(readFileSync(join(HOME, run, 'environment.json'), 'utf8')) as { choices: unknown }).choices;
  const says = async (args: string, env: Readonly<Record<string, string>> = {}): Promise<boolean> => {
    const { code, stderr } = await weft(args.split(' '), { ...options, env: { ...options.env, ...env } });
    assert.is(code, 0, stderr);
    return /^adapter: .*, kernels tuned: 1$/m.test(stderr);
  };
  writeGarments(join(HOME, 'garments'), { train: 60, test: 20, seed: 1 });
  const train = 'train --data garments --model mlp --epochs 1';
  assert.ok(await says(`${train} --out tuned`));
  assert.equal(recorded('tuned'), { 'nonesuch N64': choice });
  assert.not(await says(`${train} --out plain --no-tune`));
  assert.equal(recorded('plain'), {});
  assert.ok(await says('eval tuned --data garments'));
  assert.not(await says('eval tuned --data garments', { WEFT_TUNE: '0' }));
});

test.run();
