/** What a step launches: pipelines with their shaders' text and constants, and the sizes of their dispatches. */
import { createHash } from 'node:crypto';
import { checkLaunch } from '../../src/device/checks.js';
import type { Device } from '../../src/device/device.js';
import type { Kernel, Launch } from '../../src/device/kernel.js';
import { shaderSource, type Specialisation } from '../../src/device/wgsl.js';
import { prepareSubject, type Subject } from './subjects.js';

/** One size at which a pipeline is dispatched, and how often in a step. */
export interface Dispatch {
  readonly workgroups: number;
  /** Of the memory bound, each range once. */
  readonly bytes: number;
  /** The words of the uniform. */
  readonly words: readonly number[];
  readonly count: number;
}

/** A pipeline as WebGPU is asked for it. */
export interface Pipeline {
  /** The kernel's name and what it is specialised with: the same for the same shader and constants. */
  readonly key: string;
  readonly kernel: Kernel;
  readonly code: string;
  readonly constants: Readonly<Record<string, number>>;
  readonly specialise?: Specialisation;
}

export interface Collected {
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  /** By the pipeline's key. */
  readonly dispatches: ReadonlyMap<string, readonly Dispatch[]>;
}

/** `TILE_M=64`; an expression by its first letters of a digest. */
function setting([name, value]: [string, string | number]): string {
  const text = String(value);
  if (/^[\w.-]{1,12}$/.test(text)) return `${name}=${text}`;
  return `${name.replace(/^fn /, '')}~${createHash('sha256').update(text).digest('hex').slice(0, 4)}`;
}

/** Constants that are 0 are flags that are off. */
export function pipelineName(kernel: Kernel, { constants = {}, specialise = {} }: Launch): string {
  const set = [...Object.entries(constants).filter(([, v]) => v !== 0), ...Object.entries(specialise)];
  return [kernel.name, ...set.map(setting).sort()].join(' ');
}

/** Bytes of the ranges that a launch binds, where several bindings share one counted once. */
export function boundBytes({ buffers }: Launch): number {
  const seen: { buffer: unknown; offset: number; size: number }[] = [];
  for (const { buffer, offset, size } of buffers)
    if (!seen.some((s) => s.buffer === buffer && s.offset === offset)) seen.push({ buffer, offset, size });
  return seen.reduce((sum, { size }) => sum + size, 0);
}

/** Runs a body with the device's dispatches noted and not recorded. */
export function collect(device: Device, body: () => void): Collected {
  const pipelines = new Map<string, Pipeline>();
  const dispatches = new Map<string, Map<string, Dispatch>>();
  const own = device.dispatch;
  device.dispatch = (kernel: Kernel, launch: Launch): void => {
    checkLaunch(kernel, launch, device.maxBindingBytes);
    if (launch.workgroups === 0) return;
    const key = pipelineName(kernel, launch);
    if (!pipelines.has(key)) {
      const { constants = {}, specialise = {} } = launch;
      const code = shaderSource(kernel.file, kernel.includes ?? [], specialise);
      pipelines.set(key, { key, kernel, code, constants, specialise });
      dispatches.set(key, new Map());
    }
    const sizes = dispatches.get(key) as Map<string, Dispatch>;
    const { workgroups, params: words = [] } = launch;
    const bytes = boundBytes(launch);
    const size = `${workgroups} ${bytes} ${words.join()}`;
    sizes.set(size, { workgroups, bytes, words, count: (sizes.get(size)?.count ?? 0) + 1 });
  };
  try {
    body();
  } finally {
    device.dispatch = own;
  }
  return { pipelines, dispatches: new Map([...dispatches].map(([key, sizes]) => [key, [...sizes.values()]])) };
}

/**
 * A step of a subject, as it is when all that is made once has been made: its second. Nothing is dispatched, so that
 * nothing is compiled yet.
 */
export function collectSubject(device: Device, subject: Subject): Collected {
  const run = prepareSubject(device, subject);
  const step = (): void => device.step(run);
  collect(device, step);
  return collect(device, step);
}
