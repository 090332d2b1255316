/**
 * One workload in a process of its own, so that its first step is cold and its peak memory its own: the parent
 * (bench/commands/train.ts) forks this file with the workload's name, the seconds and the adapter, and gets one
 * message back.
 */
import type { Machine, TrainRow } from '../shared/document.js';
import { Device } from '../../src/device/device.js';
import { optionOf } from '../../src/cli/settings.js';
import { WeftError } from '../../src/device/errors.js';
import { machineOf } from '../shared/document.js';
import { gpuTime, isNoisy, wallTime } from '../../src/measure/timing.js';
import { WORKLOADS, type Workload } from './workloads.js';

export type ChildMessage =
  | { readonly kind: 'row'; readonly row: TrainRow; readonly machine: Machine }
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly fix: string | null };

/** As training waits: about four times a second, and not more often than every 64 steps (src/train/pacer.ts). */
const PACE = { sample: 250, maxRuns: 64 } as const;

/**
 * Measures a workload on a device that has run nothing yet. `seconds` is for the wall times; GPU times take a few steps
 * more.
 */
export async function measureWorkload(device: Device, workload: Workload, seconds: number): Promise<TrainRow> {
  const step = workload.prepare(device);
  const body = (): void => void step();
  await device.sync(); // what was uploaded
  const started = performance.now();
  const captured = device.capture(body);
  await captured.compile([]);
  captured();
  await device.sync();
  const firstMs = performance.now() - started;
  captured.release();
  const wall = await wallTime(device, body, { seconds, ...PACE });
  const gpu = await gpuTime(device, body, { seconds: 0, maxRuns: 1 });
  const kernels = gpu === null ? null : await device.profile(() => device.step(body));
  return {
    name: workload.name,
    variant: 'default',
    description: workload.description,
    batch: workload.batch,
    valid: true,
    clock: 'wall',
    ms: wall.median,
    p20: wall.p20,
    p80: wall.p80,
    noisy: isNoisy(wall),
    imagesPerSecond: workload.batch > 0 ? (1000 * workload.batch) / wall.median : null,
    firstMs,
    cpuMs: wall.cpu ?? NaN,
    gpuMs: gpu?.median ?? null,
    kernels,
    peakGpuBytes: device.statistics().bytes, // the pool keeps what it has
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

async function answer(name: string, seconds: number, adapter: string): Promise<ChildMessage> {
  try {
    const device = await Device.create({ poison: false, ...(adapter === '' ? {} : { adapter }) });
    const workload = WORKLOADS.find((w) => w.name === name);
    if (workload === undefined) throw new Error(`no workload ${name}`);
    try {
      return { kind: 'row', row: await measureWorkload(device, workload, seconds), machine: machineOf(device, null) };
    } finally {
      device.destroy();
    }
  } catch (error) {
    const code = error instanceof WeftError ? error.exitCode : 1;
    const said = error instanceof WeftError ? error.spelled(optionOf) : null;
    return {
      kind: 'error',
      code,
      message: said?.message ?? String(error instanceof Error ? error.stack : error),
      fix: said?.fix ?? null,
    };
  }
}

if (process.send !== undefined && process.argv[2] === 'measure') {
  const [name, seconds, adapter] = process.argv.slice(3);
  const message = await answer(name, Number(seconds), adapter);
  process.send(message, () => process.exit(0)); // Dawn keeps threads of its own
}
