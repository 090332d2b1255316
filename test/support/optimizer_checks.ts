/**
 * Optimizers: ten steps with given gradients, the kernels and the references against PyTorch's weights after each step.
 * With groups of parameters, clipping or averages: training_checks.ts.
 */
import type { Device } from '../../src/device/device.js';
import { floatBits } from '../../src/device/kernel.js';
import { adagrad, adam, rmsprop, sgd } from '../../src/kernels/optimizer/reference.js';
import {
  adagrad_,
  adam_,
  advanceStep_,
  rmsprop_,
  sgd_,
  type AdagradSettings,
  type AdamSettings,
  type RmspropSettings,
  type SgdSettings,
} from '../../src/kernels/optimizer/optimizer.js';
import { tensor, zeros } from '../../src/tensor/tensor.js';
import { expectClose, largest, type Pair } from '../../src/cases/close.js';
import { readTrajectories, type GoldenTrajectory } from './golden.js';

const sgdSettings = ({ settings: s }: GoldenTrajectory): SgdSettings => ({
  momentum: s.momentum ?? 0,
  dampening: s.dampening ?? 0,
  weightDecay: s.weight_decay ?? 0,
  nesterov: s.nesterov ?? false,
});

const adamSettings = ({ kind, settings: s }: GoldenTrajectory): AdamSettings => ({
  betas: s.betas ?? [0.9, 0.999],
  eps: s.eps ?? 1e-8,
  weightDecay: s.weight_decay ?? 0,
  decoupled: kind === 'adamw',
});

const rmspropSettings = ({ settings: s }: GoldenTrajectory): RmspropSettings => ({
  alpha: s.alpha ?? 0.99,
  eps: s.eps ?? 1e-8,
  weightDecay: s.weight_decay ?? 0,
  momentum: s.momentum ?? 0,
  centered: s.centered ?? false,
});

const adagradSettings = ({ settings: s }: GoldenTrajectory): AdagradSettings => ({
  lrDecay: s.lr_decay ?? 0,
  eps: s.eps ?? 1e-10,
  weightDecay: s.weight_decay ?? 0,
});

export const nameOf = (t: GoldenTrajectory): string => `${t.kind} ${JSON.stringify(t.settings)}`;

/** After each step, how far the weights have come from their start: known no better than the f32 weights are. */
export function expectPath(
  t: GoldenTrajectory,
  step: number,
  weights: ArrayLike<number>,
  pair: Pair,
  tolerance: number,
): void {
  const start = t.start.data;
  const path = t.path.data.subarray(step * start.length, (step + 1) * start.length);
  const got = Array.from(start, (w, i) => weights[i] - w);
  const expected = Array.from(start, (w, i) => path[i] - w);
  const rounding = (2 ** -24 * largest(path)) / largest(expected);
  expectClose({
    op: t.kind,
    argument: 'w',
    got,
    expected,
    tolerance: tolerance + rounding,
    pair,
    label: `${nameOf(t)}, step ${step + 1}`,
  });
}

async function runOnGpu(device: Device, t: GoldenTrajectory): Promise<void> {
  const size = t.start.data.length;
  const weight = tensor(device, new Float32Array(t.start.data));
  const [first, second, third] = [zeros(device, [size]), zeros(device, [size]), zeros(device, [size])];
  if (t.settings.initial_accumulator_value !== undefined)
    device.fill(first.storage, floatBits(t.settings.initial_accumulator_value));
  const hyper = tensor(device, [t.settings.lr, 0, 0]);
  for (let step = 0; step < t.path.shape[0]; step++) {
    const grad = tensor(device, new Float32Array(t.gradients.data.subarray(step * size, (step + 1) * size)));
    advanceStep_(hyper);
    if (t.kind === 'sgd') sgd_(weight, grad, first, hyper, sgdSettings(t));
    else if (t.kind === 'rmsprop') rmsprop_(weight, grad, first, second, third, hyper, rmspropSettings(t));
    else if (t.kind === 'adagrad') adagrad_(weight, grad, first, hyper, adagradSettings(t));
    else adam_(weight, grad, first, second, hyper, adamSettings(t));
    expectPath(t, step, await weight.read(), 'GPU with PyTorch', 1e-5);
  }
}

function runReference(t: GoldenTrajectory): void {
  const weight = Float64Array.from(t.start.data);
  const [first, second, third] = [
    weight.map(() => t.settings.initial_accumulator_value ?? 0),
    weight.map(() => 0),
    weight.map(() => 0),
  ];
  for (let step = 0; step < t.path.shape[0]; step++) {
    const grad = t.gradients.data.subarray(step * weight.length, (step + 1) * weight.length);
    if (t.kind === 'sgd') sgd(weight, grad, first, t.settings.lr, step + 1, sgdSettings(t));
    else if (t.kind === 'rmsprop') rmsprop(weight, grad, first, second, third, t.settings.lr, rmspropSettings(t));
    else if (t.kind === 'adagrad') adagrad(weight, grad, first, t.settings.lr, step + 1, adagradSettings(t));
    else adam(weight, grad, first, second, t.settings.lr, step + 1, adamSettings(t));
    expectPath(t, step, weight, 'CPU with PyTorch', 0);
  }
}

const isPlain = (t: GoldenTrajectory): boolean =>
  t.groups === undefined && t.clipNorm === undefined && t.clipValue === undefined && t.ema === undefined;

export const optimizerChecks = readTrajectories()
  .filter(isPlain)
  .map((t) => ({
    name: nameOf(t),
    run: async (device: Device): Promise<void> => {
      runReference(t);
      await runOnGpu(device, t);
    },
  }));
