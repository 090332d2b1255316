/** How much GPU memory training takes, measured on small batches. */
import { autocast } from '../../autograd/autocast.js';
import { backward } from '../../autograd/graph.js';
import { cast, crossEntropy } from '../../autograd/ops/index.js';
import { rand } from '../../kernels/random/random.js';
import type { Device } from '../../device/device.js';
import type { ModelInput, ModelSpec } from '../../nn/models/registry.js';
import { checkpointBlocks } from '../../nn/sequential.js';
import { zeros } from '../../tensor/tensor.js';
import type { FitConfig, ModelConfig, OptimizerConfig } from '../config.js';
import { makeOptimizer } from '../make_optimizer.js';

export interface StepMemory {
  readonly name: string;
  readonly parameters: number;
  /** Weights, gradients, what the optimizer keeps of each, and averages of the weights. */
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

/** What of a run's configuration decides how much its steps need; what is absent is Adam's. */
export type MemoryConfig = Partial<ModelConfig & OptimizerConfig & Pick<FitConfig, 'swa'>>;

const ADAM: OptimizerConfig = { optimizer: 'adam', lr: 0.001, momentum: 0, nesterov: false, weightDecay: 0 };

/** Runs one training step at two batch sizes and looks at what the pool grew by. */
export async function measureStepMemory(
  device: Device,
  spec: ModelSpec,
  input: ModelInput,
  config: MemoryConfig = {},
): Promise<StepMemory> {
  const { precision = 'f32', gradCheckpointing, ema, swa } = config;
  const model = spec.build(input).to(device, { seed: 0 });
  if (gradCheckpointing === true) checkpointBlocks(model);
  const batches = batchesFor(input);
  const optimizer = makeOptimizer(model, { ...ADAM, ...config }, { model: spec.name, ...config });
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
    const averages = ema === undefined && swa === undefined ? 0 : 1;
    return {
      name: spec.name,
      parameters,
      fixedBytes: (2 + averages) * model.memory.weights.size * 4 + state,
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
