/** Callbacks: when they are called, what they end, and that steps are none the slower without them. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import { CallbackError, type WeftError } from '../../src/device/errors.js';
import type { Callback, TrainingMoment } from '../../src/train/callbacks.js';
import { readCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import type { TrainResult } from '../../src/train/fit_hooks.js';
import { train } from '../../src/train/trainer.js';
import { fails } from '../data/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun, trainWithStops } from './fixtures.js';

const test = gpuSuite('callbacks');

const EVENTS = ['Train', 'Epoch', 'Step', 'Evaluate', 'Save'].flatMap((e) => [`on${e}Begin`, `on${e}End`]);

/** Writes down every call. */
function recorder(calls: string[], answer: (line: string) => unknown = () => undefined): Callback {
  const write =
    (event: string) =>
    async ({ epoch, step, history }: TrainingMoment, ...[told]: readonly unknown[]): Promise<unknown> => {
      const kind = (told as { kind?: string } | undefined)?.kind ?? '';
      const line = `${event.slice(2)}${kind && ` ${kind}`} ${epoch}:${step} (${history.length})`;
      calls.push(line);
      return answer(line);
    };
  return Object.fromEntries([['name', 'recorder'], ...EVENTS.map((event) => [event, write(event)])]) as Callback;
}

const run = (device: Device, callbacks: readonly Callback[], files = { last: '', best: '' }): Promise<TrainResult> =>
  train(device, { ...CONFIG, valSplit: 0.5 }, GARMENTS, files, { callbacks }); // 3 steps an epoch

test('the order of calls: begin and end of steps, epochs, measuring and saving', async () => {
  const calls: string[] = [];
  await inRun(async (files) => run(await testDevice(), [recorder(calls)], files));
  const steps = (e: number): string[] =>
    [0, 1, 2].flatMap((s) => [`StepBegin ${e}:${s} (${e - 1})`, `StepEnd ${e}:${s + 1} (${e - 1})`]);
  const epoch = (e: number): string[] => [
    `EpochBegin ${e}:0 (${e - 1})`,
    ...steps(e),
    `EvaluateBegin ${e}:3 (${e - 1})`,
    `EvaluateEnd ${e}:3 (${e - 1})`,
    ...['best', 'last'].flatMap((kind) => [`SaveBegin ${kind} ${e}:3 (${e})`, `SaveEnd ${kind} ${e}:3 (${e})`]),
    `EpochEnd ${e}:3 (${e})`,
  ];
  assert.equal(
    calls.filter((line) => !/best 2:/.test(line)), // whether the second epoch is the better one is not asked here
    ['TrainBegin 0:0 (0)', ...epoch(1), ...epoch(2).filter((line) => !/best/.test(line)), 'TrainEnd 2:3 (2)'],
  );
});

test('they change no bit of a run, and without any no step is another', async () => {
  const device = await testDevice();
  const outcome = async (callbacks: readonly Callback[] | undefined): Promise<unknown> => {
    const { best, last, random } = await trainWithStops(device, {}, [], GARMENTS, { callbacks });
    return { best, last, random };
  };
  const dispatches = async (callbacks?: readonly Callback[]): Promise<number> => {
    const before = device.statistics().dispatches;
    await outcome(callbacks);
    return device.statistics().dispatches - before;
  };
  assert.equal(await outcome([recorder([])]), await outcome(undefined));
  assert.is(await dispatches([{ onEpochEnd: () => {} }]), await dispatches());
});

test('a callback ends training; it is saved, and goes on from there bit for bit', async () => {
  const device = await testDevice();
  const whole = await inRun(async (files) => {
    await run(device, [], files);
    return (await readCheckpoint(files.last)).tensors;
  });
  for (const [at, epochs, left] of [
    ['StepEnd 2:1 (1)', 1, { epoch: 1, step: 1 }],
    ['EpochBegin 1:0 (0)', 1, { epoch: 0, step: 1 }], // what there is of its first epoch is measured
    ['EvaluateEnd 1:3 (0)', 1, { epoch: 1, step: 0 }],
  ] as const) {
    await inRun(async (files) => {
      const calls: string[] = [];
      const result = await run(device, [recorder(calls, (line) => ({ stop: line === at }))], files);
      assert.equal([result.stoppedBy, result.isStoppedEarly], ['recorder', true], at);
      assert.is(result.history.length, epochs, at);
      assert.match(calls.at(-1) ?? '', /^TrainEnd/);
      const checkpoint = await readCheckpoint(files.last);
      const { epoch, step } = checkpoint.header.progress;
      assert.equal({ epoch, step }, left, at);
      await train(device, { ...CONFIG, valSplit: 0.5 }, GARMENTS, files, {}, checkpoint);
      assert.equal((await readCheckpoint(files.last)).tensors, whole, at);
    });
  }
});

test('an error in a callback ends the run and names it; a wrong event is refused', async () => {
  const device = await testDevice();
  await inRun(async (files) => {
    const cause = new Error('disk full');
    const broken: Callback = {
      name: 'keeper',
      onStepEnd: ({ epoch, step }) => {
        if (epoch === 2 && step === 2) throw cause;
      },
    };
    const error = await run(device, [broken], files).then(
      () => undefined,
      (e: unknown) => e,
    );
    assert.instance(error, CallbackError);
    assert.is(
      (error as CallbackError).message,
      'callback keeper failed in onStepEnd (epoch 2, 2 of 3 steps done): disk full',
    );
    assert.is((error as WeftError).cause, cause);
    assert.is((await readCheckpoint(files.last)).header.progress.epoch, 1, 'what was saved before stays');
  });
  const misspelt = { onStepFinished: () => {} };
  await fails(() => run(device, [misspelt as Callback]), 2, /callback 1: nothing calls onStepFinished/);
});

interface Example {
  lines(file: string): Callback;
  target(accuracy: number): Callback;
  weights(folder: string): Callback;
}

test('docs/examples/callbacks as it stands', async () => {
  const example = (await import(
    new URL('../../../docs/examples/callbacks/callbacks.mjs', import.meta.url).href
  )) as Example;
  const folder = mkdtempSync(join(tmpdir(), 'weft-callbacks-'));
  try {
    const [file, kept] = [join(folder, 'steps.jsonl'), join(folder, 'epochs')];
    const { history, stoppedBy } = await train(await testDevice(), {
      ...{ model: 'mlp', data: GARMENTS, out: join(folder, 'run'), batch: 10, epochs: 3 },
      callbacks: [example.lines(file), example.target(0.001), example.weights(kept)],
    });
    assert.equal([history.length, stoppedBy], [1, 'target']);
    assert.equal(readdirSync(kept), ['epoch_1.safetensors']);
    const [first, ...rest] = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    assert.equal(Object.keys(first), ['epoch', 'step', 'loss', 'accuracy']);
    assert.is(rest.length, 1);
    assert.ok(existsSync(join(folder, 'run', 'best.safetensors')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
