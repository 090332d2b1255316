/** Timing a kernel on the reader's own machine, for the programs of lessons. */
import type { Device } from '../device/device.js';
import type { BindingKind, Kernel, Launch } from '../device/kernel.js';
import { addShader } from '../device/wgsl.js';
import type { Tensor } from '../tensor/tensor.js';

/** A kernel by its text, and what it is run on. */
export interface KernelRun extends Omit<Launch, 'buffers' | 'specialise'> {
  /** Unlike any other's: `05-matmul/tiled`. */
  readonly name: string;
  readonly wgsl: string;
  /** In the order of their @binding numbers. */
  readonly bindings: readonly BindingKind[];
  /** In the order of the `read` and `write` bindings. */
  readonly tensors: readonly Tensor[];
}

/** The text that each name stands for: a device keeps the pipeline of a name. */
const texts = new Map<string, string>();

/**
 * Records one run of a kernel whose text came from a file of a lesson.
 * @throws Error when another text had this name before: a device keeps the pipelines of names.
 */
export function runKernel(device: Device, { name, wgsl, bindings, tensors, ...launch }: KernelRun): void {
  const known = texts.get(name);
  if (known !== undefined && known !== wgsl) throw new Error(`two kernels are called ${name}`);
  texts.set(name, wgsl);
  addShader(`${name}.wgsl`, wgsl);
  const kernel: Kernel = { name, file: `${name}.wgsl`, includes: [], bindings };
  device.dispatch(kernel, { ...launch, buffers: tensors.map((t) => t.range) });
}

/**
 * Milliseconds of one run of what `record` records, by the GPU's own clock: the median of several measurements, each of
 * as many runs as take about `seconds`.
 */
export async function gpuMilliseconds(
  device: Device,
  record: () => void,
  { measurements = 5, seconds = 0.1 }: { readonly measurements?: number; readonly seconds?: number } = {},
): Promise<number> {
  const once = async (runs: number): Promise<number> => {
    const rows = await device.profile(() => {
      for (let i = 0; i < runs; i++) record();
    });
    return rows.reduce((sum, row) => sum + row.milliseconds, 0) / runs;
  };
  await once(1); // compiles
  const estimate = await once(1);
  const runs = Math.max(1, Math.min(1000, Math.round((1000 * seconds) / Math.max(estimate, 1e-3))));
  const times: number[] = [];
  for (let i = 0; i < measurements; i++) times.push(await once(runs));
  return times.sort((a, b) => a - b)[Math.floor(measurements / 2)];
}
