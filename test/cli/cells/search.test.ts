/** `weft search`: the same trials however they are computed; nothing is trained twice. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { searchPlanOf, spaceFile } from '../../../src/cli/options/search_plan.js';
import { readCheckpoint } from '../../../src/train/checkpoint/checkpoint.js';
import { ROOT } from '../../architecture/source.js';
import { suite } from '../../support/harness.js';
import { onFastDrivers, weft, weftJson } from '../weft.js';
import { SPACE, writeSpace } from './search_space.js';

const test = suite('weft search');

const cwd = mkdtempSync(join(tmpdir(), 'weft-search-'));
test.after(() => rmSync(cwd, { recursive: true, force: true }));
writeSpace(cwd);

interface Found {
  readonly epochs: number;
  readonly rungs: readonly number[];
  readonly best: { readonly trial: number; readonly run: string; readonly validation: number; readonly test: number };
  readonly trials: readonly {
    readonly trial: number;
    readonly epochs: number | null;
    readonly validation: number | null;
    readonly drawn: { lr: number };
  }[];
}

onFastDrivers(test, 'trials, rungs, the best and pictures; the best is what training its options gives', async () => {
  const found = await weftJson<Found>(['search', 'space.yaml', '--out', 'here'], { cwd });
  assert.equal(found.rungs, [1, 2, 4]);
  assert.is(found.trials.length, 6);
  const trained = found.trials.reduce((sum, t) => sum + (t.epochs ?? 0), 0);
  assert.match(readFileSync(join(cwd, 'here', 'report.md'), 'utf8'), /^# space\n/);
  assert.is(found.epochs, trained, 'what goes on is not trained again');
  for (const file of ['parallel.png', 'rungs.png', 'rungs.svg', 'search.json'])
    assert.ok(existsSync(join(cwd, 'here', file)));
  const best = await readCheckpoint(join(cwd, found.best.run, 'last.safetensors'));
  assert.is(best.header.progress.history.length, 4);
  const { lr, batch } = best.header.config;
  const words = ['--data', 'garments', '--model', 'mlp', '--epochs', '4', '--val-split', '0.2', '--out', 'alone'];
  const alone = await weft(['train', ...words, '--lr', String(lr), '--batch', String(batch)], { cwd });
  assert.is(alone.code, 0, alone.stderr);
  const whole = await readCheckpoint(join(cwd, 'alone', 'last.safetensors'));
  for (const [key, { data }] of whole.tensors) assert.equal(data, best.tensors.get(key)?.data, key);
});

test('the space of docs/search.md makes trials that can be trained', async () => {
  const page = readFileSync(join(ROOT, 'docs', 'search.md'), 'utf8');
  writeFileSync(join(cwd, 'page.yaml'), /```yaml\n([^]*?)```/.exec(page)?.[1] ?? '');
  const plan = await searchPlanOf(await spaceFile(join(cwd, 'page.yaml')), {});
  assert.is(plan.trials.length, 27);
  assert.equal(plan.rungs, [1, 3, 9]);
});

test('what diverges is an entry of the table, and no trial that goes on', async () => {
  writeFileSync(join(cwd, 'steep.yaml'), SPACE.replace('{ log: [0.0001, 0.1] }', '[0.01, 1e30]'));
  const found = await weftJson<Found>(['search', 'steep.yaml', '--out', 'steep', '--trials', '4'], { cwd });
  const steep = found.trials.filter((t) => t.drawn.lr > 1);
  assert.ok(steep.length > 0 && steep.length < 4, JSON.stringify(found.trials));
  for (const { epochs, validation } of steep) assert.equal([epochs, validation], [null, null]);
  const again = await weft(['search', 'steep.yaml', '--out', 'steep', '--trials', '4'], { cwd });
  assert.is(again.code, 0, again.stderr);
  assert.not.match(again.stderr, /training mlp/);
});

test('what cannot be searched is told before anything is trained', async () => {
  const refused = async (text: string, pattern: RegExp): Promise<void> => {
    writeFileSync(join(cwd, 'bad.yaml'), text);
    const { code, stderr } = await weft(['search', 'bad.yaml', '--out', 'bad'], { cwd });
    assert.is(code, 2, stderr);
    assert.match(stderr, pattern);
  };
  await refused('data: garments\nmodel: mlp\n', /space/);
  await refused(SPACE.replace('[16, 32]', '[0, 32]'), /trial \d+ .*batch/);
  await refused(SPACE.replace('epochs: 4', 'epochs: 4\nlr: 1'), /lr is both fixed and varied/);
  await refused(SPACE.replace('val-split: 0.2', 'val-split: 0'), /validation images/);
  await refused(SPACE.replace('val-split: 0.2', 'validate-on: test'), /choose by the test images/);
  await refused(SPACE.replace('batch: [16', 'epochs: [2'), /epochs/);
});

test.run();
