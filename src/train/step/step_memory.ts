/** How much GPU memory training takes, measured on small batches. */
import { autocast } from '../../autograd/autocast.js';
import { backward } from '../../autograd/graph.js';
import { cast, crossEntropy } from '../../autograd/ops/index.js';
import { rand } from '../../kernels/random/random.js';
import type { Device } from '../../device/device.js';
import type { ModelInput, ModelSpec } from '../../nn/models/registry.js';
import { checkpointBlocks } from '../../nn/sequential.js';
import { zeros } from '../../tensor/tensor.js';
import type { ModelConfig } from '../config.js';
import { Adam } from '../../optim/optim.js';

export interface StepMemory {
  readonly name: string;
  readonly parameters: number;
  /** Weights, gradients and Adam's moments. */
  readonly fixedBytes: number;
  /** What a training step adds per image of the batch. */
  readonly bytesPerImage: number;
}

/** Pixels of a batch of the smaller size, about. */
const PIXELS = 2 ** 16;
/** Images of the smaller batch, at most. */
const MOST_IMAGES = 32;

/** Two sizes, so that what grows with the batch can be told from what does not. */
function batchesFor({ height, width }: ModelInput): readonly [number, number] {
  const images = Math.max(2, Math.min(MOST_IMAGES, 2 ** Math.floor(Math.log2(PIXELS / (height * width)))));
  return [images, 2 * images];
}

/** Runs one training step at two batch sizes and looks at what the pool grew by. */
export async function measureStepMemory(
  device: Device,
  spec: ModelSpec,
  input: ModelInput,
  { precision = 'f32', gradCheckpointing }: Pick<ModelConfig, 'precision' | 'gradCheckpointing'> = {},
): Promise<StepMemory> {
  const model = spec.build(input).to(device, { seed: 0 });
  if (gradCheckpointing === true) checkpointBlocks(model);
  const batches = batchesFor(input);
  const optimizer = new Adam(model);
  const grown: number[] = [];
  try {
    for (const batch of batches) {
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
      bytesPerImage: (grown[1] - grown[0]) / (batches[1] - batches[0]),
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
