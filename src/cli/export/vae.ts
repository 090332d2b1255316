/** The two networks of an auto-encoder's run as ONNX files. */
import { fileInfo, joinPath, readBytes } from '#platform';
import { noGrad } from '../../autograd/graph.js';
import type { Normalization } from '../../data/normalize.js';
import { sigmoid } from '../../autograd/ops/index.js';
import type { Device } from '../../device/device.js';
import { UsageError } from '../../device/errors.js';
import { shapesOnlyDevice } from '../../device/shapes_only.js';
import { randint, randn } from '../../kernels/random/random.js';
import type { Vae } from '../../nn/vae/vae.js';
import { encodeSealed, parseSafetensors } from '../../nn/state/safetensors.js';
import { exportGraph, type GraphOptions } from '../../onnx/export_onnx.js';
import { halvedWeights } from '../../onnx/graph_builder.js';
import type { TraceInput } from '../../onnx/trace.js';
import type { Tensor } from '../../tensor/tensor.js';
import { readVae, type VaeHeader } from '../../vae/model_file.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import type { ExportOptions, WrittenFile } from './exported.js';
import { BATCHES, verify, type Runtime, type Verified, type VerifyCase } from './runtime.js';

/** Whether a file is an auto-encoder's. */
export async function isVaeFile(file: string): Promise<boolean> {
  if ((await fileInfo(file)) === null) return false;
  return parseSafetensors(await readBytes(file), file).metadata['format']?.startsWith('weft-vae') === true;
}

type Part = Pick<GraphOptions, 'inputs' | 'forward' | 'restored'>;

/** What each of the two networks takes and makes. Pixels go in and come out as 0 to 1. */
function partsOf(
  model: Vae,
  { input, config, normalization }: VaeHeader,
): Readonly<Record<'encoder' | 'decoder', Part>> {
  const isImages = !('features' in input);
  const shape = isImages ? [input.channels, input.height, input.width] : [input.features];
  const label: TraceInput[] = model.classes === null ? [] : [{ name: 'label', shape: [], dtype: 'u32' }];
  const image = { name: isImages ? 'input' : 'features', shape };
  const decoded = (z: Tensor, y: Tensor | undefined): Tensor => {
    const made = model.decode(z, y ?? null);
    return config.loss === 'bernoulli' ? sigmoid(made) : made;
  };
  return {
    encoder: {
      inputs: [normalization === null ? image : { ...image, normalization }, ...label],
      forward: ([x, y]) => {
        const { mean, logVar } = model.encode(x, y ?? null);
        return { mean, log_variance: logVar };
      },
    },
    decoder: {
      inputs: [{ name: 'latent', shape: [model.latent] }, ...label],
      forward: ([z, y]) => ({ reconstruction: decoded(z, y) }),
      ...(normalization === null ? {} : { restored: { reconstruction: normalization } }),
    },
  };
}

export async function exportVae(argv: Parsed, options: ExportOptions): Promise<readonly WrittenFile[]> {
  const { run, format, opset, precision, features, runtime } = options;
  if (features)
    throw new UsageError('--features is of classifiers', { fix: 'leave it out: an encoder’s output is its features' });
  const file = (await fileInfo(run))?.isDirectory === true ? joinPath(run, 'model.safetensors') : run;
  const { header, model, tensors } = await readVae(file);
  const { classes, config, input, normalization } = header;
  const metadata = {
    ...(model.classes === null ? {} : { classes: JSON.stringify(classes) }),
    vae: JSON.stringify({ input, latent: config.latent, loss: config.loss, normalization }),
  };
  if (format === 'safetensors') {
    const bytes = encodeSealed('weft-weights', precision === 'f16' ? halvedWeights(tensors) : tensors, metadata);
    return [{ part: null, bytes, about: `${tensors.size} tensors of an auto-encoder`, verified: null }];
  }
  const device = shapesOnlyDevice();
  model.to(device);
  const written: WrittenFile[] = [];
  for (const [part, graph] of Object.entries(partsOf(model, header))) {
    const bytes = await exportGraph(model, { ...graph, opset, precision, metadata, weights: tensors });
    const about = `${part}, latent space of ${model.latent}, opset ${opset}`;
    written.push({ part, bytes, about, verified: null });
  }
  device.destroy();
  if (runtime === null) return written;
  return withDevice(argv, async (gpu) => {
    const list: WrittenFile[] = [];
    for (const one of written) list.push({ ...one, verified: await compared(gpu, runtime, one, file, precision) });
    return list;
  });
}

/** Normalised images (N, C, H, W) back in 0 to 1; other numbers as they are. */
function asPixels(numbers: Float32Array, { shape }: Tensor, normalization?: Normalization): Float32Array {
  if (normalization === undefined) return numbers;
  const { mean, std } = normalization;
  const [, C, H, W] = shape;
  const channel = (k: number): number => Math.floor(k / (H * W)) % C;
  return numbers.map((v, k) => v * std[channel(k)] + mean[channel(k)]);
}

/** Inputs of normal numbers, as the network takes them; the file is given them as it takes them. */
async function compared(
  device: Device,
  runtime: Runtime,
  { part, bytes }: WrittenFile,
  file: string,
  precision: ExportOptions['precision'],
): Promise<Verified> {
  const { header, model, tensors } = await readVae(file);
  model.to(device).eval().loadStateDict(tensors, { file });
  const { inputs, forward, restored = {} } = partsOf(model, header)[part as 'encoder' | 'decoder'];
  const cases: VerifyCase[] = [];
  for (const N of BATCHES) {
    const given = inputs.map(({ shape, dtype }) =>
      dtype === 'u32' ? randint(device, 0, model.classes ?? 1, [N, ...shape]) : randn(device, [N, ...shape]),
    );
    const made = device.step(() => noGrad(() => forward(given)));
    const feeds: Record<string, VerifyCase['feeds'][string]> = {};
    for (const [i, { name, normalization }] of inputs.entries()) {
      const numbers = await given[i].read();
      const data =
        numbers instanceof Uint32Array
          ? BigInt64Array.from(numbers, BigInt)
          : asPixels(numbers, given[i], normalization);
      feeds[name] = { data, dims: given[i].shape };
    }
    const expected: Record<string, ArrayLike<number>> = {};
    for (const [name, t] of Object.entries(made))
      expected[name] = asPixels((await t.read()) as Float32Array, t, restored[name]);
    cases.push({ feeds, expected });
  }
  return verify(runtime, bytes, cases, precision);
}
