/**
 * What this adapter can do at most, measured: bytes per second of a copy that is larger than any cache, and f32
 * multiply-adds per second out of registers. A kernel's share of these roofs says what is left to gain.
 *
 * Memory is copied in two ways, by a kernel of vec4s and by WebGPU's own copyBufferToBuffer, and the faster is the
 * roof. On GPUs they are near each other; a software adapter copies with the processor's widest moves, which no kernel
 * of it reaches.
 */
import type { Device } from '../device/device.js';
import { CheckError } from '../device/errors.js';
import { defineKernel, floatBits } from '../device/kernel.js';
import { worded } from '../text/wording.js';
import { empty, tensor, type Tensor } from '../tensor/tensor.js';
import { gpuTime, wallTime } from './timing.js';

const copyKernel = defineKernel({
  name: 'bench_copy',
  file: 'bench/copy.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'write', 'params'],
});
const fmaKernel = defineKernel({
  name: 'bench_fma',
  file: 'bench/fma.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['write', 'params'],
});

/** What this adapter can do at most, as it was measured. */
export interface Roofs {
  /** GB/s, read and written bytes together: the faster of the next two. */
  readonly copyGbs: number;
  readonly kernelCopyGbs: number;
  readonly bufferCopyGbs: number;
  /** f32 GFLOP/s; a multiply-add counts as two. */
  readonly fmaGflops: number;
  /**
   * What the kernels were measured with: GPU timestamps, or wall time where the adapter has none. (WebGPU's copy:
   * always wall time.)
   */
  readonly clock: 'gpu' | 'wall';
}

export interface RoofOptions {
  /** Seconds for each measurement; 0 only looks whether all of it works. */
  readonly seconds?: number;
  /** Bytes copied. Default: more than any cache holds, or without time for a measurement 4 MiB. */
  readonly copyBytes?: number;
}

/** Beyond the last-level cache of any GPU of today, and half of what WebGPU promises that a buffer may hold. */
const COPY_BYTES = 128 * 2 ** 20;
/** Enough to see that copying works. */
const LOOK_BYTES = 4 * 2 ** 20;
/** Threads of the arithmetic kernel: enough to fill the largest GPU several times over. */
const FMA_THREADS = 2 ** 18;
/** Operations of a thread in a round: 8 chains of vec4s, 8 multiply-adds each. */
const FLOPS_PER_ROUND = 8 * 4 * 8 * 2;
/**
 * What one dispatch of the arithmetic kernel should take: long beside the cost of a dispatch, short beside a driver's
 * time limit.
 */
const FMA_MILLISECONDS = 30;

export function copy(x: Tensor, out: Tensor): void {
  const count = x.size / 4;
  x.device.dispatch(copyKernel, { buffers: [x.range, out.range], params: [count], workgroups: Math.ceil(count / 256) });
}

/** out is (threads, 4). */
export function multiplyAdd(out: Tensor, rounds: number, factor: number, term: number): void {
  out.device.dispatch(fmaKernel, {
    buffers: [out.range],
    params: [rounds, floatBits(factor), floatBits(term)],
    workgroups: Math.ceil(out.shape[0] / 64),
  });
}

/** @throws CheckError when a kernel that is to measure the roofs does not compute what it should. */
export async function checkRoofKernels(device: Device): Promise<void> {
  const wrong = (what: string): CheckError =>
    new CheckError(`${what} computes wrongly on ${device.name}: no roof, no benchmark`, {
      fix: worded`update the GPU driver, or choose another adapter with {adapter}`,
    });
  const numbers = Float32Array.from({ length: 4 * 1021 }, (_, i) => i);
  const [x, copied, out] = [tensor(device, numbers), empty(device, [4 * 1021]), empty(device, [1021, 4])];
  copy(x, copied);
  if ((await copied.read()).some((v, i) => v !== numbers[i])) throw wrong('bench_copy');
  multiplyAdd(out, 2, 0.5, 1); // all sums are exact: c becomes 2 + (c - 2) / 2^16
  const expected = (i: number): number =>
    [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, j) => sum + 2 + ((i % 4) + j - 2) / 2 ** 16, 0);
  if ((await out.read()).some((v, i) => v !== expected(Math.floor(i / 4)))) throw wrong('bench_fma');
  for (const t of [x, copied, out]) t.storage.release();
}

/** Fastest sample: noise only ever slows a run down, and a roof that a kernel beats is none. */
async function fastest(
  device: Device,
  body: () => void,
  seconds: number,
): Promise<{ ms: number; clock: 'gpu' | 'wall' }> {
  const gpu = await gpuTime(device, body, { seconds });
  return gpu === null
    ? { ms: (await wallTime(device, body, { seconds })).min, clock: 'wall' }
    : { ms: gpu.min, clock: 'gpu' };
}

export async function measureRoofs(
  device: Device,
  { seconds = 0.7, copyBytes = seconds === 0 ? LOOK_BYTES : COPY_BYTES }: RoofOptions = {},
): Promise<Roofs> {
  await checkRoofKernels(device);
  const bytes = Math.floor(Math.min(copyBytes, device.maxBindingBytes, device.limits.maxBufferSize) / 256) * 256;
  const [x, y] = [empty(device, [bytes / 4]), empty(device, [bytes / 4])];
  device.fill(x.storage, 0); // memory that was never touched may not exist yet
  device.fill(y.storage, 0);
  const byKernel = await fastest(device, () => copy(x, y), seconds);
  const byBuffer = await wallTime(device, () => device.copy(x.storage, 0, y.storage, 0, bytes), { seconds });
  for (const t of [x, y]) t.storage.release();

  const threads = Math.min(FMA_THREADS, Math.floor(device.maxBindingBytes / 16));
  const out = empty(device, [threads, 4]);
  const trial = await fastest(device, () => multiplyAdd(out, 2, 0.5, 1), seconds === 0 ? 0 : 1e-3);
  const rounds = Math.max(2, Math.min(2 ** 16, Math.round((2 * FMA_MILLISECONDS) / trial.ms)));
  const computed = await fastest(device, () => multiplyAdd(out, rounds, 0.5, 1), seconds);
  out.storage.release();
  await device.sync();
  device.trim(); // the roofs' large buffers
  const [kernelCopyGbs, bufferCopyGbs] = [byKernel.ms, byBuffer.min].map((ms) => (2 * bytes) / ms / 1e6);
  return {
    copyGbs: Math.max(kernelCopyGbs, bufferCopyGbs),
    kernelCopyGbs,
    bufferCopyGbs,
    fmaGflops: (threads * rounds * FLOPS_PER_ROUND) / computed.ms / 1e6,
    clock: computed.clock,
  };
}

/**
 * Percent of what the roofs allow: with operations, of min(arithmetic roof, operations per byte x memory roof);
 * without, of the memory roof. More than 100 is possible: data that fit a cache need not come from memory.
 */
export function percentOfRoof(roofs: Roofs, flops: number, bytes: number, ms: number): number {
  const gbs = bytes / ms / 1e6;
  if (flops === 0) return (100 * gbs) / roofs.copyGbs;
  const attainable = Math.min(roofs.fmaGflops, (flops / bytes) * roofs.copyGbs);
  return (100 * flops) / ms / 1e6 / attainable;
}
