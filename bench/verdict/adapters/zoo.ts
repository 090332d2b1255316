/** Each model of the library at a small size: a training step, and a call in evaluation mode after it. */
import { backward } from '../../../src/autograd/graph.js';
import { crossEntropy } from '../../../src/autograd/ops/index.js';
import type { Device } from '../../../src/device/device.js';
import { captureInference } from '../../../src/nn/capture_inference.js';
import { modelSpec, type ModelInput, type ModelSpec } from '../../../src/nn/models/registry.js';
import { clipGradNorm_, SGD } from '../../../src/optim/optim.js';
import { tensor, type Tensor } from '../../../src/tensor/tensor.js';
import { narrow } from '../../shared/narrow.js';

/** What a model gives: its loss before the step, and its logits after it. */
export interface Outcome {
  readonly loss: number;
  readonly logits: readonly number[];
}

const BATCH = 2;
const CLASSES = 10;
/** Where images of 224 are what a model is for. */
const SMALL = 64;

/** Its own size where that is small. */
function smallInput({ input, minimumSize }: ModelSpec): ModelInput {
  const size = input.height <= SMALL ? input.height : Math.max(SMALL, minimumSize);
  return { channels: input.channels, height: size, width: size, classes: CLASSES };
}

/** Numbers from -1 to 1 without order (Knuth's multiplicative hash), the same wherever they are made. */
function image(count: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 31 - 1);
}

export async function runModel(device: Device, name: string): Promise<Outcome> {
  const spec = modelSpec(name);
  const input = smallInput(spec);
  const model = spec.build(input);
  narrow(model);
  model.to(device, { seed: 0 }).train();
  const optimizer = new SGD(model, { lr: 0.01 });
  const { channels, height, width } = input;
  const shape = [BATCH, channels, height, width];
  const x = tensor(device, image(BATCH * channels * height * width), { shape });
  const label = tensor(
    device,
    Uint32Array.from({ length: BATCH }, (_, n) => (3 * n) % CLASSES),
  );
  const loss = device.step(() => {
    optimizer.zeroGrad();
    const l = crossEntropy(model.forward(x), label);
    backward(l);
    clipGradNorm_(model, 0.1);
    optimizer.step();
    return l;
  });
  model.eval();
  const infer = captureInference(device, (fold, images: Tensor) => fold(() => model.forward(images)));
  try {
    return { loss: await loss.item(), logits: [...(await infer(x).read())] };
  } finally {
    infer.release();
    for (const t of [x, label, loss]) t.release();
    model.release();
    device.trim();
  }
}

/** Relative to the largest logit, and to the loss; infinite where a number is none. */
export function deviationOf(got: Outcome, wanted: Outcome): number {
  const relative = (a: readonly number[], b: readonly number[]): number => {
    const scale = Math.max(...b.map(Math.abs));
    const worst = Math.max(...b.map((v, i) => Math.abs(v - a[i])));
    return a.length === b.length && Number.isFinite(worst) ? worst / scale : Infinity;
  };
  return Math.max(relative([got.loss], [wanted.loss]), relative(got.logits, wanted.logits));
}
