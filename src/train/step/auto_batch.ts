/** A batch that is as large as it fits. WebGPU tells no free memory: it is asked for, and given back. */
import type { Device } from '../../device/device.js';
import { UsageError } from '../../device/errors.js';
import { modelSpec, type ModelInput } from '../../nn/models/registry.js';
import { worded } from '../../text/wording.js';
import { measureStepMemory, type MemoryConfig, type StepMemory } from './step_memory.js';

/** More images a step teach most networks less a pass. */
const MOST = 1024;
/** An epoch has at least so many steps. */
const LEAST_STEPS = 8;
/** What a step is measured to need, times this: rooms between memories, and what else is on the device. */
const SLACK = 1.25;
/** Memory is asked for in pieces of at most so many bytes. */
const PIECE = 2 ** 28;

/** A batch, and what its step needs. */
export interface AutoBatch {
  readonly batch: number;
  /** Of a step, with weights, gradients, and what optimizer and averages keep. */
  readonly bytes: number;
  readonly memory: StepMemory;
}

/** Whether so many bytes more can be had now; they are given back. */
async function canAllocate({ gpu, limits }: Device, bytes: number): Promise<boolean> {
  const piece = Math.min(PIECE, limits.maxBufferSize);
  const held: GPUBuffer[] = [];
  gpu.pushErrorScope('out-of-memory');
  for (let left = bytes; left > 0; left -= piece)
    held.push(gpu.createBuffer({ size: 4 * Math.ceil(Math.min(left, piece) / 4), usage: GPU_STORAGE }));
  const error = await gpu.popErrorScope();
  for (const buffer of held) buffer.destroy();
  return error === null;
}

/** GPUBufferUsage.STORAGE, which is no global in Node. */
const GPU_STORAGE = 0x80;

/**
 * The largest power of two of images whose step fits: at most 1024, and at least eight steps an epoch. A step is
 * measured at two small sizes. A software adapter may take half of the host's free memory; of a GPU the memory is asked
 * for.
 * @param images of an epoch. @param hostBytes the host's free memory. @throws UsageError when not even one image fits.
 */
export async function autoBatch(
  device: Device,
  config: MemoryConfig & { readonly model: string },
  input: ModelInput,
  images: number,
  hostBytes: number,
): Promise<AutoBatch> {
  const memory = await measureStepMemory(device, modelSpec(config.model), input, config);
  const needed = (batch: number): number => Math.ceil(SLACK * (memory.fixedBytes + batch * memory.bytesPerImage));
  const fits = (batch: number): Promise<boolean> =>
    device.adapter.isSoftware ? Promise.resolve(needed(batch) <= hostBytes / 2) : canAllocate(device, needed(batch));
  const most = 2 ** Math.floor(Math.log2(Math.max(1, Math.min(MOST, images / LEAST_STEPS))));
  for (let batch = most; batch >= 1; batch /= 2)
    if ((batch === 1 || images % batch !== 1) && (await fits(batch))) return { batch, bytes: needed(batch), memory };
  throw new UsageError(
    worded`{batch} auto: not even a step of one image of ${config.model} fits, which needs ${needed(1)} bytes`,
    { fix: 'take a smaller network, or smaller images' },
  );
}
