/** Training as the page shows it, and what a network looks at. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { buildModel } from '../../src/nn/models/registry.js';
import { readCheckpoint, saveCheckpoint, type Checkpoint } from '../../src/train/checkpoint/checkpoint.js';
import type { CheckpointHeader } from '../../src/train/checkpoint/checkpoint_header.js';
import { Classifier } from '../../src/inference/classifier.js';
import { LiveTraining } from '../../src/train/live/live_training.js';
import { occlusionMap } from '../../src/inference/occlusion.js';
import type { Module } from '../../src/nn/module.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('live training');

test('the loss falls, the test images are recognised, everything shown has its shape', async () => {
  const device = await testDevice();
  const live = new LiveTraining(device, 'lenet5', { train: 320, test: 100, batch: 32, lr: 3e-3 });
  await live.compile();
  live.advance(1);
  const first = await live.read();
  assert.is(first.step, 1);
  live.advance(39); // four passes over the images: the order is drawn anew
  await live.read();
  live.advance(10);
  const last = await live.read();
  assert.is(last.step, 50);
  assert.ok(last.loss < 0.7 * first.loss, `${first.loss} to ${last.loss}`);
  const { accuracy, confusion } = await live.measure();
  assert.ok(accuracy > 0.4, String(accuracy));
  assert.is(
    confusion.flat().reduce((a, b) => a + b),
    100,
  );
  const { values, count, size } = await live.filters();
  assert.equal([values.length, count, size], [6 * 5 * 5, 6, 5]);
  const p = await live.classify(live.test.images.subarray(0, 784));
  assert.ok(Math.abs(p.reduce((a, b) => a + b) - 1) < 1e-5 && p.length === 10);
  live.release();
});

test('the same seed gives the same losses', async () => {
  const device = await testDevice();
  const losses: number[] = [];
  for (let i = 0; i < 2; i++) {
    const live = new LiveTraining(device, 'lenet5', { train: 64, test: 10, batch: 16, seed: 3 });
    live.advance(6);
    losses.push((await live.read()).loss);
    live.release();
  }
  assert.is(losses[0], losses[1]);
});

/** A perceptron for 8x8 images that looks at pixel (2, 5) alone: the brighter it is, the more of class 1. */
async function onePixel(path: string): Promise<Checkpoint> {
  const device = await testDevice();
  const input = { channels: 1, height: 8, width: 8, classes: 2 };
  const model: Module = buildModel('mlp', input).to(device, { seed: 0 });
  for (const [name, { value }] of model.namedParameters()) {
    const numbers = new Float32Array(value.size);
    if (name === 'fc1.weight') numbers[2 * 8 + 5] = 1;
    if (name === 'fc2.weight') numbers[0] = 1;
    if (name === 'fc3.weight') numbers[128] = 5; // (2, 128): class 1 of the first hidden number
    device.write(value.storage, numbers, value.byteOffset);
  }
  const config = {
    data: 'drawn',
    model: 'mlp',
    epochs: 1,
    batch: 1,
    optimizer: 'sgd',
    lr: 0,
    momentum: 0,
    nesterov: false,
    weightDecay: 0,
    valSplit: 0,
    seed: 0,
  } as const;
  const header: CheckpointHeader = {
    model: 'mlp',
    input,
    classes: ['dark', 'bright'],
    normalization: { mean: [0], std: [1] },
    config,
    progress: { epoch: 1, step: 0, totals: [0, 0, 0], seconds: 0, random: [0, 0, 0, 0], history: [] },
  };
  await saveCheckpoint(path, header, model, null);
  model.memory.release();
  return readCheckpoint(path);
}

test('the occlusion map is high where the only pixel that matters is covered, and 0 elsewhere', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-occlusion-'));
  try {
    const classifier = new Classifier(await testDevice(), await onePixel(join(folder, 'best.safetensors')));
    const input = new Float32Array(64).fill(1);
    const whole = (await classifier.probabilities(input))[1];
    assert.ok(Math.abs(whole - 1 / (1 + Math.exp(-5))) < 1e-5);
    const seen: number[] = [];
    const map = await occlusionMap(classifier, input, 1, 4, (done) => void seen.push(done));
    assert.equal(seen, [8, 16]);
    // Cells are 2 pixels wide and their covers 4: pixel (row 2, column 5) lies under those of rows 0 and 1, columns 2
    // and 3.
    const expected = Array.from({ length: 16 }, (_, i) => (Math.floor(i / 4) <= 1 && i % 4 >= 2 ? whole - 0.5 : 0));
    assert.ok(
      map.every((v, i) => Math.abs(v - expected[i]) < 1e-5),
      [...map].join(),
    );
    await occlusionMap(classifier, input, 2).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, /class 2 of 2/),
    );
    classifier.release();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
