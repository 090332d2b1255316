/** Six planted faults and a healthy run, small: each is found, and nothing else. */
import * as assert from 'uvu/assert';
import { avgPool2d, flatten, relu } from '../../src/autograd/ops/index.js';
import { Linear } from '../../src/nn/layers.js';
import { Module } from '../../src/nn/module.js';
import { defineModel, type ModelInput } from '../../src/nn/models/registry.js';
import { BatchNorm1d } from '../../src/nn/norm.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import {
  alarms,
  copyTest,
  diagnosed,
  forgetStatistics,
  garments,
  invertTest,
  shuffleClass,
  type Case,
} from './plant.js';

const test = gpuSuite('diagnosis of planted faults');

/** Means of 4 x 4 pixels, a hidden layer with batch norm. */
class Tiny extends Module {
  readonly fc1: Linear;
  readonly bn: BatchNorm1d;
  readonly fc2: Linear;

  constructor({ channels, height, width, classes }: ModelInput) {
    super();
    this.fc1 = new Linear(channels * Math.floor(height / 4) * Math.floor(width / 4), 32);
    this.bn = new BatchNorm1d(32);
    this.fc2 = new Linear(32, classes);
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    const h = this.fc1.forward(flatten(avgPool2d(x, { kernelSize: 4 })));
    return this.fc2.forward(relu(this.bn.forward(h)));
  }
}
defineModel({ name: 'tiny-norm', head: 'fc2', build: (input) => new Tiny(input) });

const BASE = { model: 'tiny-norm', epochs: 6, lr: 0.01 } as const;
const CASES: readonly Case[] = [
  { name: 'healthy', fault: null, config: BASE },
  { name: 'wrong statistics', fault: 'norm-statistics', config: BASE, spoil: forgetStatistics },
  { name: 'wrong preprocessing', fault: 'preprocessing', config: BASE, alter: invertTest },
  { name: 'labels of a class shuffled', fault: 'labels', config: BASE, alter: shuffleClass },
  { name: 'test copies in training', fault: 'copies', config: BASE, alter: copyTest },
  { name: 'rate too high', fault: 'rate-too-high', config: { ...BASE, model: 'mlp', epochs: 2, lr: 1 } },
  { name: 'rate too low', fault: 'rate-too-low', config: { ...BASE, model: 'mlp', epochs: 2, lr: 1e-6 } },
];
const splits = garments({ train: 400, test: 100 });

for (const one of CASES)
  test(`${one.name}: ${one.fault ?? 'no alarm'}`, async () => {
    const found = await diagnosed(await testDevice(), splits, one);
    const names = alarms(found);
    if (one.fault === null) assert.equal(names, []);
    else assert.ok(names.includes(one.fault), `${one.name}: ${JSON.stringify(found.findings, null, 1)}`);
    // a copy lies in its own place of the other part
    if (one.fault === 'copies') assert.match(found.findings[0].evidence, /e\.g\. image (\d+) = image \1,/);
    // a rate that is far off leaves other traces; the other faults leave one
    if (one.fault !== null && !one.fault.startsWith('rate')) assert.equal(names, [one.fault]);
  });

test.run();
