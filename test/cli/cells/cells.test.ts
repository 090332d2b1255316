/** Tables computed cell by cell: listed, by child processes, looked at while they are at work. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { takeFolder } from '#platform';
import { groupFolder } from '../../../src/cells/notes.js';
import { requirePlan, savePlan } from '../../../src/cells/plan.js';
import type { CellState } from '../../../src/cells/state.js';
import { suite } from '../../support/harness.js';
import { expectRefusals, onFastDrivers, weft, weftJson } from '../weft.js';
import { tableBytes, tableWords, writeData } from './table.js';

const test = suite('cells');
const cwd = mkdtempSync(join(tmpdir(), 'weft-cells-'));
test.after(() => rmSync(cwd, { recursive: true, force: true }));
writeData(cwd);

const statesOf = async (words: readonly string[]): Promise<readonly CellState[]> =>
  (await weftJson<{ cells: CellState[] }>([...words, '--status'], { cwd })).cells;

test('a list of commands, each run for itself, then the same table as one process makes', async () => {
  assert.is((await weft(tableWords('whole'), { cwd })).code, 0);
  const listed = await weft([...tableWords('listed'), '--list-cells'], { cwd });
  assert.is(listed.code, 0, listed.stderr);
  const lines = listed.stdout.trimEnd().split('\n');
  assert.is(lines.length, 2, 'a line for each group, and nothing else');
  assert.match(lines[0], /^npx weftgrad cell plain-nf5-seed0-\w{8} head4-nf5-seed0-\w{8} --plan listed\/plan\.json$/);
  assert.equal(
    (await statesOf(tableWords('listed'))).map((s) => s.state),
    ['waiting', 'waiting', 'waiting', 'waiting'],
  );
  for (const line of lines) {
    const words = line.split(' ').slice(2);
    const done = await weft(words, { cwd });
    assert.is(done.code, 0, done.stderr);
    assert.match((await weft(words, { cwd })).stderr, /^done before: plain, n_f \d+, seed 0; head:4/m);
  }
  assert.equal(
    (await statesOf(tableWords('listed'))).map((s) => s.state),
    ['done', 'done', 'done', 'done'],
  );
  const gathered = await weft(tableWords('listed'), { cwd });
  assert.is(gathered.stderr.match(/done before/g)?.length, 4, gathered.stderr);
  assert.equal(tableBytes(cwd, 'listed'), tableBytes(cwd, 'whole'));
});

onFastDrivers(test, 'child processes: one is killed, all are stopped, and the table is the same', async () => {
  const jobs = [...tableWords('jobs'), '--jobs', '2'];
  let [killed, isTold] = [0, false];
  const first = await weft(jobs, {
    cwd,
    onStderr: (child, text) => {
      const running = [...text.matchAll(/running \((\d+) on /g)].map(([, pid]) => Number(pid));
      if (running.length > 0 && killed === 0) process.kill((killed = running[0]), 'SIGKILL');
      // a cell may be done before anybody has said that it runs: one that is said to is enough
      if (isTold || running.every((pid) => pid === killed)) return;
      isTold = child.kill('SIGINT');
    },
  });
  assert.is(first.code, 130, first.stderr);
  assert.match(first.stderr, /stopping after this step[\s\S]*stopped; the same command goes on/);
  const second = await weft(jobs, { cwd, apart: true });
  assert.is(second.code, 0, second.stderr);
  assert.match(second.stderr, /4 done/);
  assert.equal(tableBytes(cwd, 'jobs'), tableBytes(cwd, 'whole'));
  assert.equal(
    readdirSync(join(cwd, 'jobs')).filter((name) => !name.includes('.')),
    ['stages'],
    'no lock, log or note is left',
  );
});

test('a run that diverges is an entry of a comparison: its cell has done its work, and is not tried again', async () => {
  const words = ['compare', '--models', 'mlp', '--data', 'garments', '--epochs', '1', '--lr', '1e30', '--out', 'bad'];
  const listed = await weft([...words, '--list-cells'], { cwd });
  const cell = await weft(listed.stdout.trimEnd().split(' ').slice(2), { cwd });
  assert.is(cell.code, 0, cell.stderr);
  const [state] = await statesOf(words);
  assert.is(state.state, 'diverged');
  assert.match(state.about ?? '', /the loss became NaN/);
  const gathered = await weft(words, { cwd });
  assert.is(gathered.code, 6, gathered.stderr);
  assert.match(gathered.stderr, /mlp, seed 0: diverged before[\s\S]*1 of 1 runs diverged/);
});

test('a cell that fails says why in the status; other cells of its group are computed, and it is tried again', async () => {
  const words = tableWords('failing').map((word) => word.replace('head:4', 'vae:4,head:4'));
  const all = [...words, '--vae-lr', '1e30', '--vae-epochs', '2'];
  const listed = await weft([...all, '--list-cells'], { cwd });
  const [line] = listed.stdout.split('\n');
  const failed = await weft(line.split(' ').slice(2), { cwd });
  assert.is(failed.code, 6, failed.stderr);
  const states = await statesOf(all);
  assert.equal(
    states.map((s) => s.state),
    ['done', 'failed', 'done', 'waiting', 'waiting', 'waiting'],
  );
  assert.match(states[1].about ?? '', /auto-encoder: the loss became/);
  assert.match(states[1].fix ?? '', /--vae-lr/);
  const text = await weft([...all, '--status'], { cwd });
  assert.match(text.stdout, /^vae:4, n_f 5, seed 0 +failed +the auto-encoder: the loss became/m);
  assert.match(text.stderr, /failing: 2 done, 1 failed, 3 waiting/);
});

test('other data, another adapter, another version and a damaged plan are refused in words', async () => {
  const words = tableWords('planned');
  const [line] = (await weft([...words, '--list-cells'], { cwd })).stdout.split('\n');
  const [, key] = line.split(' ').slice(2);
  const cell = ['cell', key, '--plan', 'planned/plan.json'];
  const file = join(cwd, 'planned/plan.json');
  const plan = await requirePlan(file);
  const refused = async (args: readonly string[], code: number, says: RegExp): Promise<void> => {
    const ended = await weft(args, { cwd });
    assert.is(ended.code, code, ended.stderr);
    assert.match(ended.stderr, says);
  };
  const withNeeds = (needs: object): void =>
    savePlan(join(cwd, 'planned'), {
      ...plan,
      cells: plan.cells.map((c) => ({ ...c, needs: { ...c.needs, ...needs } })),
    });

  withNeeds({ adapter: 'GeForce' });
  await refused(cell, 4, /the table is of the adapter GeForce; here is .*, whose numbers differ\n {2}fix: /);
  assert.match((await statesOf(words))[0].about ?? '', /the adapter GeForce/);
  withNeeds({ data: 'a'.repeat(64) });
  await refused(cell, 3, /the data here are not those of the plan .*\n {2}fix: .*--data/);
  withNeeds({ kernels: 'b'.repeat(64) });
  await refused(cell, 2, /the plan was made with tuned kernels/);
  savePlan(join(cwd, 'planned'), { ...plan, version: '0.0.9' });
  await refused(cell, 2, /of weftgrad 0\.0\.9, this is /);
  savePlan(join(cwd, 'planned'), plan);
  await refused([...cell, '--data', 'synthetic'], 3, /the data here are not those of the plan/);
  await refused(['cell', `${key}0`, ...cell.slice(2)], 2, new RegExp(`did you mean ${key}`));
  writeFileSync(file, readFileSync(file, 'utf8').replace('"epochs": "2"', '"epochs": "3"'));
  await refused(cell, 7, /plan\.json is damaged/);
});

test('cells that another process has are refused; their status says who has them', async () => {
  const words = tableWords('taken');
  const [line] = (await weft([...words, '--list-cells'], { cwd })).stdout.split('\n');
  const lock = await takeFolder(groupFolder(join(cwd, 'taken'), 'nf5-seed0'));
  assert.ok(!('heldBy' in lock));
  try {
    const refused = await weft(line.split(' ').slice(2), { cwd, apart: true });
    assert.is(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, new RegExp(`nf5-seed0 is in use by process ${process.pid} on `));
    const { stdout } = await weft([...words, '--status'], { cwd, apart: true });
    assert.match(stdout, new RegExp(`^plain, n_f 5, seed 0 +running +${process.pid} on \\S+ +\\d{4}-.* UTC`, 'm'));
  } finally {
    lock.release();
  }
});

test('data may lie elsewhere, under a name that the plan does not know', async () => {
  mkdirSync(join(cwd, 'elsewhere'));
  writeData(join(cwd, 'elsewhere'));
  const words = ['compare', '--models', 'mlp', '--data', 'garments', '--epochs', '1', '--out', 'moved'];
  const [, , ...line] = (await weft([...words, '--list-cells'], { cwd })).stdout.trimEnd().split(' ');
  const done = await weft([...line, '--data', join('elsewhere', 'garments')], { cwd });
  assert.is(done.code, 0, done.stderr);
  const gathered = await weft(words, { cwd });
  assert.match(gathered.stderr, /mlp, seed 0: done before/);
});

test('what does not go together is refused; code of one’s own stays in one process', async () => {
  appendFileSync(
    join(cwd, 'own.mjs'),
    "import { train } from 'weftgrad';\nexport const own = train.defineLoss({ name: 'own', losses: () => [] });\n",
  );
  const compare = 'compare --models mlp --data garments --epochs 1';
  await expectRefusals(cwd, [
    { args: `${compare} --out r1 --jobs 2 --list-cells`, code: 2, says: [/--jobs and --list-cells are two ways/] },
    { args: `${compare} --out r2 --jobs 0`, code: 2, says: [/--jobs "0" is not a whole number of at least 1/] },
    {
      args: `${compare} --out r3 --list-cells --loss ./own.mjs`,
      code: 2,
      says: [/holds no code of your own/, /--jobs/],
    },
    { args: 'cell some --plan nowhere/plan.json', code: 7, says: [/nowhere.plan\.json: there is no such file/] },
    { args: 'cell some', code: 2, says: [/--plan is missing/] },
  ]);
  assert.not(existsSync(join(cwd, 'r3')));
});

test.run();
