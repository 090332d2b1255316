/** What a training step does in each layer: gradients, how far weights move, units that never answer. */
import { noGrad, observeOps } from '../autograd/graph.js';
import {
  abs,
  add,
  cat,
  greater,
  linear,
  max,
  mean,
  mul,
  reshape,
  sigmoid,
  slice,
  sub,
  tanh,
} from '../autograd/ops/index.js';
import type { Device } from '../device/device.js';
import type { Module } from '../nn/module.js';
import { constant } from '../tensor/creation.js';
import { zeros, type Tensor } from '../tensor/tensor.js';
import type { PreparedStep } from '../train/prepare.js';
import { computeGradients, updateWeights } from '../train/step/train_step.js';

/** What is measured of a matrix or filter of weights. */
export interface WeightFigures {
  /** State-dict key. */
  readonly weight: string;
  /** Root mean squares. */
  readonly size: number;
  readonly gradient: number;
  /** Of a step: that of what it adds over that of the weights. */
  readonly update: number;
}

/** What is measured of the output of a layer with an activation. */
export interface UnitFigures {
  readonly layer: string;
  readonly activation: string;
  /** Channels, or gates of a recurrent layer. */
  readonly units: number;
  /** Share of relu units that were 0 for every image and place. */
  readonly dead: number | null;
  /** Share of the outputs of tanh and sigmoid within 3 % of their ends. */
  readonly saturated: number | null;
}

/** Of tanh: |y| above this is saturated; of a sigmoid y this near to its ends, in its own range. */
const TANH_END = 0.97;

interface Probe {
  readonly layer: string;
  readonly activation: string;
  readonly units: number;
  /** Of relu: largest value of each unit; of others: share of saturated outputs. */
  readonly value: Tensor;
}

/** The activation that an op applies, by its name and arguments. */
function activationOf(op: string, args: unknown): string | null {
  if (['relu', 'tanh', 'sigmoid'].includes(op)) return op;
  const given = args as
    { readonly activation?: unknown; readonly g?: { readonly activation?: unknown } } | string | null;
  const found = typeof given === 'string' ? given : (given?.activation ?? given?.g?.activation);
  return typeof found === 'string' && ['relu', 'tanh', 'sigmoid'].includes(found) ? found : null;
}

/** The largest value of each unit: of channels (N, C, …), also where a pooling has flattened them. */
function unitMaxima(output: Tensor, input: Tensor): Tensor {
  const [N] = output.shape;
  const C = output.rank === 2 && input.rank === 4 ? input.shape[1] : output.shape[1];
  return max(reshape(output, [N, C, -1]), { dim: [0, 2] });
}

/** Share of |y| above an end. */
const shareAbove = (y: Tensor, end: number): Tensor => mean(greater(abs(y), constant(y.device, end)));

/** Runs a forward and measures the outputs of its activations. */
function probed<T>(model: Module, probes: Probe[], forward: () => T): T {
  const names = new Map([...model.namedParameters()].map(([key, p]) => [p.value, key.replace(/\.[^.]*$/, '')]));
  let layer = 'input';
  return observeOps(
    (op, inputs, output, args) =>
      observeOps(
        () => {},
        () =>
          noGrad(() => {
            layer = inputs.map((t) => names.get(t)).find((name) => name !== undefined) ?? layer;
            if (op === 'lstm') {
              probes.push({ layer, activation: 'gates', units: inputs[1].shape[0], value: gates(inputs, output) });
              return;
            }
            const activation = activationOf(op, args);
            if (activation === null || output.rank < 2 || output.dtype !== 'f32') return;
            if (activation === 'relu') {
              const value = unitMaxima(output, inputs[0]);
              probes.push({ layer, activation, units: value.size, value });
            } else {
              const y = activation === 'tanh' ? output : tanhOfSigmoid(output);
              probes.push({ layer, activation, units: output.shape[1], value: shareAbove(y, TANH_END) });
            }
          }),
      ),
    forward,
  );
}

/** 2 y - 1, in the range of tanh. */
function tanhOfSigmoid(y: Tensor): Tensor {
  return sub(mul(y, 2), 1);
}

/** Share of saturated gates of the first direction of an LSTM layer: i f g o of all steps, made again. */
function gates([x, wIh, wHh, bIh, bHh]: readonly Tensor[], output: Tensor): Tensor {
  const [T, N] = x.shape;
  const H = wHh.shape[1];
  const hasBias = bHh !== undefined && bHh.rank === 1;
  const h = slice(slice(output, 0, 0, T - 1), 2, 0, H);
  const before = cat([zeros(x.device, [1, N, H]), h], 0);
  const sums = add(linear(x, wIh, hasBias ? bIh : null), linear(before, wHh, hasBias ? bHh : null)); // (T, N, 4H)
  const sigmoids = tanhOfSigmoid(sigmoid(cat([slice(sums, 2, 0, 2 * H), slice(sums, 2, 3 * H, 4 * H)], 2)));
  const candidate = tanh(slice(sums, 2, 2 * H, 3 * H));
  return shareAbove(cat([sigmoids, candidate], 2), TANH_END);
}

export interface LayerFigures {
  readonly weights: readonly WeightFigures[];
  readonly units: readonly UnitFigures[];
  /** Mean loss of the batches that were gone through. */
  readonly loss: number;
}

/**
 * Takes some training steps at a rate, on a model that is thrown away: each measured before the next. @param steps of
 * one batch each.
 */
export async function measureSteps(
  device: Device,
  step: PreparedStep,
  batch: number,
  steps: number,
): Promise<LayerFigures> {
  const { model, walk, totals } = step;
  const { memory } = model;
  const learned = [...model.namedParameters()].map(([weight, p], i) => ({ weight, p, at: memory.offsets[i] }));
  const matrices = learned.filter(({ p }) => p.shape.length > 1);
  const sums = matrices.map(() => ({ size: 0, gradient: 0, update: 0 }));
  const units = new Map<
    string,
    { activation: string; units: number; best: Float32Array; share: number; count: number }
  >();
  let loss = 0;
  model.train();
  for (let s = 0; s < steps; s++) {
    await walk.load(batch);
    device.write(totals.storage, new Float32Array(3));
    const before = (await memory.weights.read()) as Float32Array;
    const probes = device.step(() => {
      const found: Probe[] = [];
      probed(model, found, () => computeGradients(step, batch));
      return found.map(({ value, ...rest }) => ({ ...rest, value }));
    });
    const gradients = (await memory.grads.read()) as Float32Array;
    device.step(() => updateWeights(step));
    const after = (await memory.weights.read()) as Float32Array;
    for (const [i, { p, at }] of matrices.entries()) {
      const of = (numbers: Float32Array): Float32Array => numbers.subarray(at, at + p.size);
      const size = rms(of(before));
      sums[i].size += size / steps;
      sums[i].gradient += rms(of(gradients)) / steps;
      sums[i].update += rms(of(after), of(before)) / Math.max(size, 1e-12) / steps;
    }
    for (const { layer, activation, units: count, value } of probes) {
      const key = `${layer} ${activation} ${count}`;
      const numbers = (await value.read()) as Float32Array;
      value.release();
      const known = units.get(key);
      if (known === undefined) units.set(key, { activation, units: count, best: numbers, share: numbers[0], count: 1 });
      else {
        known.best = known.best.map((v, c) => Math.max(v, numbers[c]));
        known.share += numbers[0];
        known.count++;
      }
    }
    const [sum, , count] = (await totals.read()) as Float32Array;
    loss += sum / count / steps;
  }
  return {
    weights: matrices.map(({ weight }, i) => ({ weight, ...sums[i] })),
    units: [...units].map(([key, { activation, units: count, best, share, count: times }]) => ({
      layer: key.split(' ')[0],
      activation,
      units: count,
      dead: activation === 'relu' ? best.filter((v) => v <= 0).length / best.length : null,
      saturated: activation === 'relu' ? null : share / times,
    })),
    loss,
  };
}

/** Root mean square of numbers, or of their differences from others. */
function rms(a: Float32Array, b?: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - (b?.[i] ?? 0)) ** 2;
  return Math.sqrt(sum / Math.max(1, a.length));
}
