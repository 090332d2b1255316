/** `mpirun … weft train`: one run by several processes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import {
  LAUNCHERS,
  mpirun,
  pidOfRank,
  testWithMpi,
  type Ended,
  type Launcher,
  type RunOptions,
} from '../collective/mpirun.js';
import { suite } from '../support/harness.js';
import { readCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import { writeGarments } from './garments.js';
import { weft } from './weft.js';

const test = suite('weft train with mpirun');

const cwd = mkdtempSync(join(tmpdir(), 'weft-ranks-'));
test.after(() => rmSync(cwd, { recursive: true, force: true }));

const WEFT = fileURLToPath(new URL('../../../scripts/weft.mjs', import.meta.url));
writeGarments(join(cwd, 'garments'), { train: 600, test: 60, seed: 1 });

const TRAIN = [
  'train',
  '--data',
  'garments',
  '--model',
  'lenet5',
  '--epochs',
  '4',
  '--optimizer',
  'sgd',
  '--batch',
  '10',
];

/** Draws numbers in every step, and keeps running statistics: what each rank has of its own must be gone on with. */
const DRAWING = [
  ...['train', '--data', 'garments', '--model', 'convbn', '--epochs', '3', '--optimizer', 'adam', '--batch', '20'],
  ...['--augment', 'flip,shift=2', '--ema', '0.9'],
];

function run(mpi: Launcher, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return mpirun(mpi, 2, [WEFT, ...args], { cwd, ...options });
}

async function requireSameFile(one: string, other: string): Promise<void> {
  for (const name of ['last.safetensors', 'best.safetensors']) {
    const [a, b] = await Promise.all([one, other].map((folder) => readCheckpoint(join(cwd, folder, name))));
    assert.equal([...a.tensors.keys()], [...b.tensors.keys()]);
    for (const [key, { data }] of a.tensors) assert.equal(data, b.tensors.get(key)?.data, `${name}: ${key}`);
  }
}

testWithMpi(test, 'two ranks leave one run, which one process could have made', async (mpi) => {
  const out = `two-${mpi.name}`;
  const ended = await run(mpi, [...TRAIN, '--out', out]);
  assert.is(ended.code, 0, ended.stderr);
  assert.is(ended.stderr.match(/^epoch 4\/4 +train loss/gm)?.length, 1, ended.stderr);
  assert.match(ended.stderr, /^2 ranks \(\w+[^)]*\) on \S+$/m);
  assert.match(ended.stderr, /^a step of the first rank: computing [\d.]+ ms, reading gradients/m);
  const environment = JSON.parse(readFileSync(join(cwd, out, 'environment.json'), 'utf8')) as Record<string, unknown>;
  assert.is(environment['ranks'], 2);
  assert.is((environment['hosts'] as unknown[]).length, 2);
  const alone = await weft([...TRAIN, '--out', `one-${mpi.name}`], { cwd });
  assert.is(alone.code, 0, alone.stderr);
  const accuracies = [out, `one-${mpi.name}`].map(
    (folder) => (JSON.parse(readFileSync(join(cwd, folder, 'summary.json'), 'utf8')) as { accuracy: number }).accuracy,
  );
  assert.ok(Math.abs(accuracies[0] - accuracies[1]) < 0.02, String(accuracies));
});

testWithMpi(test, 'a rank that is killed ends all, and the run goes on with the same numbers', async (mpi) => {
  const out = `killed-${mpi.name}`;
  let killed = 0;
  const ended = await run(mpi, [...TRAIN, '--out', out], {
    onStderr: (_, text) => {
      const pid = killed === 0 && text.includes('epoch 1/4') ? pidOfRank(out, 1) : null;
      if (pid === null) return;
      killed = performance.now();
      process.kill(pid, 'SIGKILL');
    },
  });
  assert.ok(killed > 0, ended.stderr);
  assert.is.not(ended.code, 0);
  assert.ok(performance.now() - killed < 8000, 'all end within seconds');
  assert.match(ended.stdout + ended.stderr, /signal 9/);
  const resumed = await run(mpi, ['train', '--resume', out]);
  assert.is(resumed.code, 0, resumed.stderr);
  await requireSameFile(out, `two-${mpi.name}`);
});

testWithMpi(test, 'ranks agree on a signal that one of them got: saved, and gone on with', async (mpi) => {
  const out = `stopped-${mpi.name}`;
  const whole = await run(mpi, [...DRAWING, '--out', `drawing-${mpi.name}`]);
  assert.is(whole.code, 0, whole.stderr);
  let isTold = false;
  const ended = await run(mpi, [...DRAWING, '--out', out], {
    onStderr: (_, text) => {
      const pid = !isTold && text.includes('epoch 1/3') ? pidOfRank(out, 1) : null;
      if (pid === null) return;
      isTold = true;
      process.kill(pid, 'SIGINT');
    },
  });
  assert.is(ended.code, 130, ended.stderr);
  assert.match(ended.stderr, /stopped in epoch \d after \d+ steps; saved in/);
  const resumed = await run(mpi, ['train', '--resume', out]);
  assert.is(resumed.code, 0, resumed.stderr);
  await requireSameFile(out, `drawing-${mpi.name}`);
});

testWithMpi(test, 'missing data are told once; the library of another MPI is refused', async (mpi) => {
  const bad = await run(mpi, [...TRAIN, '--lr', '-1', '--out', 'bad']);
  assert.is(bad.code, 2, bad.stderr);
  const missing = await run(mpi, ['train', '--data', 'nowhere', '--model', 'mlp', '--out', 'bad']);
  assert.is(missing.code, 3, missing.stderr);
  assert.is(missing.stderr.match(/weft: error/g)?.length, 1, missing.stderr);
  const wrong = await run(mpi, [...TRAIN, '--out', 'bad'], {
    env: { WEFT_MPI: mpi.name === 'mpich' ? 'openmpi' : 'mpich' },
  });
  assert.match(wrong.stderr, LAUNCHERS.length > 1 ? /it belongs to another MPI/ : /no MPI library was found/);
});

test('local steps are refused for one process', async () => {
  const { code, stderr } = await weft([...TRAIN, '--sync-every', '4', '--out', 'none'], { cwd });
  assert.is(code, 2, stderr);
  assert.match(stderr, /--sync-every is for several ranks/);
});

test('without koffi the error says what to install', async () => {
  const hooks =
    'export const resolve = (s, c, n) => { if (s === "koffi") throw new Error("absent"); return n(s, c); };';
  const register =
    `import { register } from 'node:module'; ` +
    `register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));`;
  const { code, stderr } = await weft([...TRAIN, '--out', 'none'], {
    cwd,
    apart: true,
    env: {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(register)}`,
      PMI_RANK: '0',
      PMI_SIZE: '2',
    },
  });
  assert.is(code, 2, stderr);
  assert.match(stderr, /needs the package koffi.*\n {2}fix: npm install koffi/);
});

test.run();
