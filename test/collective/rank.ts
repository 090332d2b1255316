/**
 * A rank of a training, as a program: `mpirun -np 2 node dist/test/collective/rank.js '{"model": "lenet5", …}'`. Rank 0
 * prints the losses of all steps, the digest of the weights and where the time goes, as JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { sha256 } from '#platform';
import { flatten, relu } from '../../src/autograd/ops/index.js';
import { ALONE, type Collective } from '../../src/collective/collective.js';
import { openMpi } from '../../src/collective/mpi/open_mpi.js';
import { joinThreads, type SharedRanks } from '../../src/collective/threads.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { Device } from '../../src/device/device.js';
import * as nn from '../../src/nn/index.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { readCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import type { StepTimes } from '../../src/train/parallel/stepper.js';
import { train, type TrainOptions } from '../../src/train/trainer.js';

/** What a rank is to do. */
export interface Task extends Partial<Omit<TrainOptions, 'data' | 'out' | 'resume'>> {
  readonly model: string;
  /** Images that are drawn. */
  readonly images: number;
}

/** What rank 0 answers. */
export interface Answer {
  readonly ranks: number;
  readonly mpi: string;
  /** Training loss of every epoch. */
  readonly losses: readonly number[];
  readonly accuracies: readonly number[];
  readonly valAccuracies: readonly (number | null)[];
  readonly digest: string;
  readonly isOutOfTime: boolean;
  readonly stepMilliseconds: number | null;
  readonly stepTimes: StepTimes | null;
}

/** 15.6 million parameters: their gradients, 62 MB, are added up in three parts. */
class Wide extends nn.Module {
  readonly fc1 = new nn.Linear(28 * 28, 2600);
  readonly fc2 = new nn.Linear(2600, 2600);
  readonly fc3 = new nn.Linear(2600, 2600);
  readonly fc4: nn.Linear;

  constructor({ classes }: nn.ModelInput) {
    super();
    this.fc4 = new nn.Linear(2600, classes);
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    const hidden = [this.fc1, this.fc2, this.fc3].reduce((h, layer) => relu(layer.forward(h)), flatten(x));
    return this.fc4.forward(hidden);
  }
}

nn.defineModel({
  name: 'wide',
  description: 'four layers, three of them wide',
  head: 'fc4',
  build: (i) => new Wide(i),
});

/** Trains on drawn garments with these ranks. */
export async function trainRank({ images, ...options }: Task, collective: Collective): Promise<Answer> {
  const device = await Device.create();
  const out = mkdtempSync(join(tmpdir(), 'weft-rank-'));
  try {
    const data = syntheticGarments({ train: images, test: 0, seed: 0 }).train;
    const result = await train(device, { valSplit: 0, ...options, data, out, collective });
    const { history, stepMilliseconds, stepTimes, isOutOfTime } = result;
    return {
      ranks: collective.size,
      isOutOfTime,
      mpi: collective.name,
      losses: history.map((h) => h.trainLoss),
      accuracies: history.map((h) => h.trainAccuracy),
      valAccuracies: history.map((h) => h.valAccuracy),
      digest: collective.rank === 0 ? await digestOfLast(out) : '',
      stepMilliseconds,
      stepTimes,
    };
  } finally {
    device.destroy();
    rmSync(out, { recursive: true, force: true });
  }
}

/** Of all numbers in the last checkpoint. */
async function digestOfLast(out: string): Promise<string> {
  const { tensors } = await readCheckpoint(join(out, 'last.safetensors'));
  return sha256([...tensors.values()].map((t) => t.data));
}

/** What a thread is started with. */
export interface ThreadTask {
  readonly task: Task;
  readonly shared: SharedRanks;
  readonly rank: number;
}

async function runThread({ task, shared, rank }: ThreadTask): Promise<void> {
  const collective = joinThreads(shared, rank);
  try {
    parentPort?.postMessage(await trainRank(task, collective));
  } catch (error) {
    collective.abort(1);
    throw error;
  }
}

async function runProcess(task: Task): Promise<void> {
  const collective = (await openMpi()) ?? ALONE;
  const answer = await trainRank(task, collective);
  await collective.close();
  if (collective.rank === 0) process.stdout.write(`${JSON.stringify(answer)}\n`);
}

if (!isMainThread) await runThread(workerData as ThreadTask);
else if (/[\\/]rank\.js$/.test(process.argv[1])) await runProcess(JSON.parse(process.argv[2]) as Task);
