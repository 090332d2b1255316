/** A classifier's run as ONNX or safetensors. */
import { noGrad } from '../../autograd/graph.js';
import { div, sub } from '../../autograd/ops/index.js';
import type { Device } from '../../device/device.js';
import { classifierOnnx, exportedMetadata } from '../../inference/classifier_onnx.js';
import { checkpointFile } from '../../inference/read_classifier.js';
import { rand } from '../../kernels/random/random.js';
import { modelSpec } from '../../nn/models/registry.js';
import { encodeSealed } from '../../nn/state/safetensors.js';
import { logitsAnd } from '../../onnx/export_onnx.js';
import { halvedWeights } from '../../onnx/graph_builder.js';
import { modelOf, readCheckpoint, restore, stateDictOf, type Checkpoint } from '../../train/checkpoint/checkpoint.js';
import { fetchPublished } from '../../train/published/fetch_weights.js';
import { tensor, type HostArray, type Tensor } from '../../tensor/tensor.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import type { ExportOptions, WrittenFile } from './exported.js';
import { BATCHES, verify, type Runtime, type Verified, type VerifyCase } from './runtime.js';

export async function exportClassifier(argv: Parsed, options: ExportOptions): Promise<readonly WrittenFile[]> {
  const checkpoint = (await fetchPublished(options.run)) ?? (await readCheckpoint(await checkpointFile(options.run)));
  const { header } = checkpoint;
  if (options.format === 'safetensors') {
    const weights = stateDictOf(checkpoint);
    const tensors = options.precision === 'f16' ? halvedWeights(weights) : weights;
    const bytes = encodeSealed('weft-weights', tensors, exportedMetadata(header));
    return [{ part: null, bytes, about: `${tensors.size} tensors of ${header.model}`, verified: null }];
  }
  const { opset, runtime } = options;
  const bytes = await classifierOnnx(checkpoint, options);
  const { channels, height, width, classes } = header.input;
  const about = `${header.model}, input (N, ${channels}, ${height}, ${width}), ${classes} classes, opset ${opset}`;
  const verified =
    runtime === null ? null : await withDevice(argv, (gpu) => compared(gpu, runtime, bytes, checkpoint, options));
  return [{ part: null, bytes, about, verified }];
}

async function compared(
  device: Device,
  runtime: Runtime,
  bytes: Uint8Array,
  checkpoint: Checkpoint,
  { features, precision }: ExportOptions,
): Promise<Verified> {
  const { input, normalization, model: name } = checkpoint.header;
  const model = modelOf(checkpoint).to(device).eval();
  restore(checkpoint, model, null);
  const cases: VerifyCase[] = [];
  const perChannel = (values: readonly number[]): Tensor => tensor(device, [...values], { shape: [1, -1, 1, 1] });
  const [mean, std] = [perChannel(normalization.mean), perChannel(normalization.std)];
  for (const N of BATCHES) {
    const pixels = rand(device, [N, input.channels, input.height, input.width]);
    const made = device.step(() =>
      noGrad(() => logitsAnd(model, features ? modelSpec(name).head : null, div(sub(pixels, mean), std))),
    );
    const expected: Record<string, HostArray> = {};
    for (const [output, t] of Object.entries(made)) expected[output] = await t.read();
    cases.push({ feeds: { input: { data: (await pixels.read()) as Float32Array, dims: pixels.shape } }, expected });
  }
  return verify(runtime, bytes, cases, precision);
}
