/** Calls of networks in evaluation mode, for the comparison: the same weights and images for all who can run them. */
import type { Device } from '../../src/device/device.js';
import { modelSpec } from '../../src/nn/models/registry.js';
import type { Module } from '../../src/nn/module.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { tensor, type Tensor } from '../../src/tensor/tensor.js';
import { uniform } from '../shared/numbers.js';

/** Model and images of a call, by the workload's name. */
export const INFERENCE: readonly { readonly name: string; readonly model: string; readonly batch: number }[] = [
  ['squeezenet1_1', 1] as const,
  ['squeezenet1_1', 32] as const,
  ['resnet50', 1] as const,
  ['cnn', 32] as const,
].map(([model, batch]) => ({ name: `infer_${model}_${batch}`, model, batch }));

/** The model with its weights, and its images x (N, C, H, W). @throws Error for another name. */
export function inferenceOf(device: Device, name: string): { readonly model: Module; readonly x: Tensor } {
  const found = INFERENCE.find((w) => w.name === name);
  if (found === undefined) throw new Error(`no workload ${name}`);
  const { build, input } = modelSpec(found.model);
  const shape = [found.batch, input.channels, input.height, input.width];
  const model = build(input).to(device, { seed: 1 }).eval();
  return { model, x: tensor(device, uniform(sizeOf(shape), 1), { shape }) };
}
