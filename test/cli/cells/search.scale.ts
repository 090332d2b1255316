/** `weft search` by other processes: the same table, whoever computes its trials. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/harness.js';
import { weft } from '../weft.js';
import { writeSpace } from './search_space.js';

const test = suite('weft search by other processes');

const cwd = mkdtempSync(join(tmpdir(), 'weft-search-'));
test.after(() => rmSync(cwd, { recursive: true, force: true }));
writeSpace(cwd);

const csv = (out: string): string => readFileSync(join(cwd, out, 'trials.csv'), 'utf8');

test('once more: nothing is computed; in child processes: the same table', async () => {
  const first = await weft(['search', 'space.yaml', '--out', 'here'], { cwd });
  assert.is(first.code, 0, first.stderr);
  const again = await weft(['search', 'space.yaml', '--out', 'here'], { cwd });
  assert.is(again.code, 0, again.stderr);
  assert.not.match(again.stderr, /training mlp/);
  const jobs = await weft(['search', 'space.yaml', '--out', 'jobs', '--jobs', '2'], { cwd });
  assert.is(jobs.code, 0, jobs.stderr);
  assert.is(csv('jobs'), csv('here'));
});

test('a list of commands is a wave; it comes to the same table', async () => {
  for (let wave = 0; wave < 12; wave++) {
    const { code, stdout, stderr } = await weft(['search', 'space.yaml', '--out', 'listed', '--list-cells'], { cwd });
    assert.is(code, 0, stderr);
    const lines = stdout
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('npx weftgrad cell'));
    if (lines.length === 0) break;
    assert.ok(lines.length <= 3);
    for (const line of lines) {
      const cell = await weft(line.split(' ').slice(2), { cwd, apart: true });
      assert.is(cell.code, 0, cell.stderr);
    }
  }
  assert.is(csv('listed'), csv('here'));
});

test.run();
