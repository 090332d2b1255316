/** `weft tune` as a user runs it: a bounded time, a table, a file that later commands use, and `--no-tune`. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { AdapterSummary } from '../../src/device/adapter.js';
import type { Choice } from '../../src/device/choices.js';
import type { ClassResult } from '../../src/kernels/tune/tuner.js';
import { removeTuned, writeTuned } from '../../src/kernels/tune/tuned_file.js';
import { inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { expectRefusals, weft, weftJson } from './weft.js';

const test = suite('tune');

const HOME = mkdtempSync(join(tmpdir(), 'weft-tune-'));
test.after(() => rmSync(HOME, { recursive: true, force: true }));
const options = { cwd: HOME, env: { WEFT_CACHE: join(HOME, 'cache'), WEFT_TUNE: '1' } };

interface TuneDocument {
  readonly adapter: AdapterSummary;
  readonly path: string | null;
  readonly models: readonly string[];
  readonly classes: readonly ClassResult[];
}
interface Doctor {
  readonly adapter: AdapterSummary;
  readonly tuned: { readonly state: string; readonly path?: string; readonly classes?: number; readonly when?: string };
}

/** Puts one choice into the file that the commands below find. */
async function writeOurs(adapter: AdapterSummary, choice: Choice): Promise<string> {
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
  const { classes, path, models } = await weftJson<TuneDocument>(['tune', '--models', 'mlp', '--batch', '16', '--seconds', '2'], options);
  assert.ok((performance.now() - began) / 1000 < 40, 'the last candidate may take its time to compile, not more');
  assert.equal(models, ['mlp']);
  for (const c of classes) assert.is(c.selection === null, c.skipped !== null, c.key);
  const found = classes.filter((c) => c.selection?.choice);
  assert.is(path === null, found.length === 0);
  if (path === null) return;
  const { choices } = JSON.parse(readFileSync(path, 'utf8')) as { choices: Record<string, unknown> };
  assert.equal(Object.keys(choices), found.map((c) => c.key).sort());
});

test('later commands use the file, or not: --no-tune, WEFT_TUNE=0; a damaged one is named and ignored', async () => {
  const { adapter } = await weftJson<Doctor>(['doctor', '--no-tune'], options);
  const path = await writeOurs(adapter, { variant: 'gone' });
  const { tuned } = await weftJson<Doctor>(['doctor'], options);
  assert.equal([tuned.state, tuned.path], ['found', path]);
  assert.ok((tuned.classes ?? 0) >= 1 && /^20\d\d-/.test(tuned.when ?? ''));
  assert.is((await weftJson<Doctor>(['doctor', '--no-tune'], options)).tuned.state, 'refused');
  assert.is((await weftJson<Doctor>(['doctor'], { ...options, env: { ...options.env, WEFT_TUNE: '0' } })).tuned.state, 'refused');

  writeFileSync(path, '{"format": "weft-tuned-1", ');
  const { code, stderr } = await weft(['doctor'], options);
  assert.is(code, 0, stderr);
  assert.ok(stderr.includes(`warning: ${path} is damaged; the default kernels are used`), stderr);
  assert.match(stderr, /^tuned: not used/m);
});

test('a run records the choices it began with', async () => {
  const { adapter } = await weftJson<Doctor>(['doctor', '--no-tune'], options);
  const choice = { variant: 'gone', TILE: 8 };
  await writeOurs(adapter, choice);
  const recorded = (run: string): unknown => (JSON.parse(readFileSync(join(HOME, run, 'environment.json'), 'utf8')) as { choices: unknown }).choices;
  const train = ['train', '--data', 'synthetic', '--model', 'mlp', '--epochs', '1', '--batch', '500'];
  const tuned = await weft([...train, '--out', 'tuned'], options);
  assert.is(tuned.code, 0, tuned.stderr);
  assert.match(tuned.stderr, /^adapter: .*, 1 tuned choices$/m);
  assert.equal(recorded('tuned'), { 'nonesuch N64': choice });
  const plain = await weft([...train, '--out', 'plain', '--no-tune'], options);
  assert.is(plain.code, 0, plain.stderr);
  assert.equal(recorded('plain'), {});
  assert.ok(existsSync(join(HOME, 'plain', 'best.safetensors')));
});

test.run();
