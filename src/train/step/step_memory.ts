/** How much GPU memory training takes, measured on small batches. */
import { autocast } from '../../autograd/autocast.js';
import { backward } from '../../autograd/graph.js';
import { cast, crossEntropy } from '../../autograd/ops/index.js';
import { rand } from '../../kernels/random/random.js';
import type { Device } from '../../device/device.js';
import type { ModelInput, ModelSpec } from '../../nn/models/registry.js';
import { zeros } from '../../tensor/tensor.js';
import type { Precision } from '../config.js';
import { Adam } from '../../optim/optim.js';

export interface StepMemory {
  readonly name: string;
  readonly parameters: number;
  /** Weights, gradients and Adam's moments. */
  readonly fixedBytes: number;
  /** What a training step adds per image of the batch. */
  readonly bytesPerImage: number;
}

const BATCHES = [32, 64] as const;

/** Runs one training step at two batch sizes and looks at what the pool grew by. */
export async function measureStepMemory(
  device: Device,
  spec: ModelSpec,
  input: ModelInput,
  precision: Precision = 'f32',
): Promise<StepMemory> {
  const model = spec.build(input).to(device, { seed: 0 });
  const optimizer = new Adam(model);
  const grown: number[] = [];
  try {
    for (const batch of BATCHES) {
      await device.sync();
      device.trim();
      const before = device.statistics().bytes;
      device.step(() => {
        const x = rand(device, [batch, input.channels, input.height, input.width]);
        const logits =
          precision === 'f16'
            ? cast(
                autocast(() => model.forward(x)),
                'f32',
              )
            : model.forward(x);
        backward(crossEntropy(logits, zeros(device, [batch], 'u32')));
      });
      await device.sync();
      grown.push(device.statistics().bytes - before);
    }
    const parameters = model.parameterCount();
    const state = [...optimizer.state().values()].reduce((n, t) => n + t.size * 4, 0);
    return {
      name: spec.name,
      parameters,
      fixedBytes: 2 * model.memory.weights.size * 4 + state,
      bytesPerImage: (grown[1] - grown[0]) / (BATCHES[1] - BATCHES[0]),
    };
  } finally {
    model.release(); // and with it the optimizer's moments
  }
}

/** The largest power of two of images whose training step stays within so many bytes; 0 when not even one does. */
export function largestBatch(memory: StepMemory, bytes: number): number {
  const images = (bytes - memory.fixedBytes) / memory.bytesPerImage;
  return images < 1 ? 0 : 2 ** Math.floor(Math.log2(images));
}
