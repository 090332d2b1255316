/**
 * What batch norms keep for evaluation against what their layers are given: the statistics of training images, as they
 * would be kept if the weights stood still.
 */
import { noGrad, observeOps } from '../autograd/graph.js';
import { mean, variance } from '../autograd/ops/index.js';
import type { BatchNormArgs } from '../autograd/ops/args.js';
import type { ImageDataset } from '../data/dataset.js';
import { DeviceDataset, type Normalization } from '../data/device_dataset.js';
import type { Device } from '../device/device.js';
import type { Module } from '../nn/module.js';
import { BatchNorm } from '../nn/norm.js';
import type { Tensor } from '../tensor/tensor.js';

/** How far a layer's kept statistics are from those of the images. */
export interface NormDistance {
  readonly layer: string;
  /** Root mean square over the channels of (kept mean - mean) / deviation. */
  readonly shift: number;
  /** Root mean square over the channels of ln(kept deviation / deviation). */
  readonly scale: number;
}

/** The batch norms that learn, and keep statistics. */
export function keepingNorms(model: Module): [string, BatchNorm][] {
  return [...model.namedModules()].flatMap(([name, m]) =>
    m instanceof BatchNorm && m.running_mean !== null && !m.isFrozen ? [[name, m]] : [],
  );
}

const EPS = 1e-5;

const rootMeanSquare = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / Math.max(1, values.length));

/**
 * Measures the statistics of images in training mode, batch by batch, and puts them in the place of those that the
 * model keeps.
 * @param batch images that are normalised together, as in training.
 */
export async function renewStatistics(
  device: Device,
  model: Module,
  data: ImageDataset,
  normalization: Normalization,
  batch: number,
): Promise<NormDistance[]> {
  const norms = keepingNorms(model);
  const kept = await Promise.all(
    norms.map(async ([, m]) => ({
      mean: [...((await m.running_mean?.value.read()) as Float32Array)],
      variance: [...((await m.running_var?.value.read()) as Float32Array)],
    })),
  );
  const found = norms.map(([, m]) => ({ m, mean: [] as number[], variance: [] as number[], batches: 0 }));
  model.eval();
  for (const [, m] of norms) m.training = true;
  const resident = new DeviceDataset(device, data, normalization);
  const size = Math.min(batch, data.count);
  const walk = resident.walk(
    Uint32Array.from({ length: data.count }, (_, i) => i),
    { batch: size },
  );
  try {
    for (let at = 0; at + size <= data.count; at += size) {
      await walk.load(size);
      const moments = device.step(() => noGrad(() => momentsOf(model, norms, walk.next(size).x)));
      for (const { norm, ...of } of moments) {
        const [means, variances] = (await Promise.all([of.mean.read(), of.variance.read()])) as Float32Array[];
        const sum = found[norm];
        means.forEach((value, c) => (sum.mean[c] = (sum.mean[c] ?? 0) + value));
        variances.forEach((value, c) => (sum.variance[c] = (sum.variance[c] ?? 0) + value));
        sum.batches++;
        for (const t of [of.mean, of.variance]) t.release();
      }
    }
  } finally {
    for (const part of [walk, resident]) part.release();
    model.eval();
  }
  return norms.map(([layer], i) => {
    const { m, batches, ...sum } = found[i];
    if (batches === 0) return { layer, shift: 0, scale: 0 }; // a layer that this forward does not use
    const [means, variances] = [sum.mean, sum.variance].map((of) => of.map((value) => value / batches));
    m.running_mean?.value.write(Float32Array.from(means));
    m.running_var?.value.write(Float32Array.from(variances));
    return {
      layer,
      shift: rootMeanSquare(means.map((value, c) => (kept[i].mean[c] - value) / Math.sqrt(variances[c] + EPS))),
      scale: rootMeanSquare(variances.map((value, c) => Math.log((kept[i].variance[c] + EPS) / (value + EPS)) / 2)),
    };
  });
}

interface Moments {
  /** Which of the norms. */
  readonly norm: number;
  readonly mean: Tensor;
  /** Unbiased, as it is kept. */
  readonly variance: Tensor;
}

/** Mean and variance (C) of what each norm is given. */
function momentsOf(model: Module, norms: readonly (readonly [string, BatchNorm])[], x: Tensor): Moments[] {
  const moments: Moments[] = [];
  observeOps(
    (op, [input], _, args) => {
      if (op !== 'batch_norm') return;
      const { running } = args as BatchNormArgs;
      const norm = norms.findIndex(([, m]) => running !== null && running.mean === m.running_mean?.value);
      if (norm < 0) return;
      const dim = input.shape.map((__, d) => d).filter((d) => d !== 1);
      observeOps(
        () => {},
        () => moments.push({ norm, mean: mean(input, { dim }), variance: variance(input, { dim }) }),
      );
    },
    () => model.forward(x),
  );
  return moments;
}
