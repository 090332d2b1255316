/** Ranks that MPI has started train as one process does. */
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { ALONE } from '../../src/collective/collective.js';
import { testDevice } from '../support/gpu.js';
import { skipped, suite } from '../support/harness.js';
import { accumulate } from './accumulate.js';
import { mpirun, testWithMpi, type Launcher } from './mpirun.js';
import { trainRank, type Answer, type Task } from './rank.js';

const test = suite('ranks over MPI');

const program = (name: string): string => fileURLToPath(new URL(`${name}.js`, import.meta.url));

/** What rank 0 of a program prints. */
async function answer(launcher: Launcher, ranks: number, args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await mpirun(launcher, ranks, args);
  assert.is(code, 0, stderr);
  // MPI's own layers may print there, too
  return JSON.parse(stdout.split('\n').find((line) => line.startsWith('{')) ?? '');
}

async function run(launcher: Launcher, ranks: number, task: Task): Promise<Answer> {
  return (await answer(launcher, ranks, [program('rank'), JSON.stringify(task)])) as Answer;
}

function assertClose(got: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.is(got.length, expected.length);
  for (const [i, value] of got.entries())
    assert.ok(Math.abs(value - expected[i]) <= tolerance, `loss ${i}: ${value}, expected ${expected[i]}`);
}

/** 3 steps an epoch, the last one smaller, and of a size that ranks cannot share evenly. */
const TASK: Task = {
  model: 'lenet5',
  images: 45,
  epochs: 4,
  batch: 20,
  optimizer: 'sgd',
  lr: 0.02,
  classWeights: 'balanced',
  valSplit: 0.15,
};

testWithMpi(
  test,
  'three ranks have the losses and measures of one process, weighted classes and odd batches too',
  async (mpi) => {
    const [alone, together] = [await trainRank(TASK, ALONE), await run(mpi, 3, TASK)];
    assert.is(together.ranks, 3);
    assertClose(together.losses, alone.losses, 2e-6);
    assert.equal(together.valAccuracies, alone.valAccuracies);
    assert.ok(together.stepTimes !== null);
  },
);

testWithMpi(test, 'batch norm has the statistics of each rank’s part, as accumulated parts have', async (mpi) => {
  const setting = { model: 'resnet20', images: 16, batch: 8, epochs: 3, lr: 0.01 };
  const [expected, together] = [
    await accumulate({ ...setting, parts: 2 }),
    await run(mpi, 2, { ...setting, optimizer: 'sgd' }),
  ];
  assertClose(together.losses, expected, 1e-5);
});

testWithMpi(test, 'halves: the loss scale and the clipped norm are those of all ranks together', async (mpi) => {
  if (!(await testDevice()).features.has('shader-f16'))
    return void skipped.push('ranks that train on halves (the adapter has no shader-f16)');
  const task: Task = { ...TASK, valSplit: 0, precision: 'f16', clipNorm: 0.5, classWeights: undefined };
  const [alone, together] = [await trainRank(task, ALONE), await run(mpi, 3, task)];
  assertClose(together.losses, alone.losses, 2e-3); // a half has eleven bits
});

testWithMpi(test, 'many gradients are added up in parts, and come to the same', async (mpi) => {
  const task: Task = { model: 'wide', images: 16, batch: 8, epochs: 3, optimizer: 'sgd', lr: 0.01 };
  const [alone, together] = [await trainRank(task, ALONE), await run(mpi, 2, task)];
  assertClose(together.losses, alone.losses, 1e-5);
});

testWithMpi(test, 'the libraries of messages do not write over code that threads run', async (mpi) => {
  if (process.platform !== 'linux') return void skipped.push('code that is written over (read from /proc: Linux)');
  assert.equal(await answer(mpi, 2, [program('code_pages')]), { written: 0 });
});

test.run();
