/** Which problems a model's training step gives to the kernel families, for the tuner. */
import { backward } from '../../autograd/graph.js';
import { crossEntropy } from '../../autograd/ops/index.js';
import type { Device } from '../../device/device.js';
import { askedProblems, type AskedProblem } from '../../kernels/tune/tuner.js';
import { buildModel, type ModelInput } from '../../nn/models/registry.js';
import { zeros } from '../../tensor/tensor.js';
import { Adam } from '../../optim/optim.js';

/** Records one training step at a batch size. What it computes is of no interest: nobody need wait for it. */
export function stepProblems(device: Device, model: string, input: ModelInput, batch: number): AskedProblem[] {
  const built = buildModel(model, input).to(device, { seed: 0 }).train();
  try {
    const optimizer = new Adam(built);
    return askedProblems(device, () => {
      device.step(() => {
        const x = zeros(device, [batch, input.channels, input.height, input.width]);
        optimizer.zeroGrad();
        backward(crossEntropy(built.forward(x), zeros(device, [batch], 'u32')));
        optimizer.step();
      });
    });
  } finally {
    built.memory.release();
  }
}

/** The problems of several steps together: calls of a class add up. */
export function mergeProblems(lists: readonly (readonly AskedProblem[])[]): AskedProblem[] {
  const all = new Map<string, AskedProblem>();
  for (const p of lists.flat()) all.set(p.key, { ...p, calls: p.calls + (all.get(p.key)?.calls ?? 0) });
  return [...all.values()];
}
