/** What the device tests share: errors expected, creations counted, programs run. */
import { spawn } from 'node:child_process';
import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import { WeftError } from '../../src/device/errors.js';
import { kernels, type BufferRange, type Kernel } from '../../src/device/kernel.js';
import '../../src/kernels/elementwise/unary.js';
import type { Storage } from '../../src/device/storage.js';

/** A kernel that src/kernels/elementwise/unary.ts, or what else is loaded, has declared. */
export function kernelNamed(name: string): Kernel {
  const found = kernels().find((k) => k.name === name);
  if (found === undefined) throw new Error(`no kernel ${name} is declared`);
  return found;
}

type ErrorClass = new (...args: never[]) => WeftError;

function checkError(error: unknown, type: ErrorClass, message: RegExp): void {
  if (!(error instanceof type))
    throw new Error(`expected ${type.name}, got ${error instanceof Error ? error.stack : String(error)}`);
  assert.match(error.message, message);
}

/** Checks that a function throws, or that its promise rejects, with this class and message. */
export async function fails(body: () => unknown, type: ErrorClass, message: RegExp): Promise<WeftError> {
  let result: unknown;
  try {
    result = await body();
  } catch (error) {
    checkError(error, type, message);
    return error as WeftError;
  }
  throw new Error(`expected ${type.name}, got the result ${String(result)}`);
}

/** The promise's result; an error when it is not there in time, so that a hang is a failed test. */
export async function inTime<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing happened for ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * From now on counts the lasting GPU objects that are created, by method; command encoders are used up at once and do
 * not count.
 */
export function countCreations(gpu: GPUDevice): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const methods = gpu as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(gpu))) {
    if (!name.startsWith('create') || name === 'createCommandEncoder') continue;
    const create = methods[name];
    methods[name] = (...args) => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return create.apply(gpu, args);
    };
  }
  return counts;
}

/** All of a storage, to bind. */
export function whole(storage: Storage): BufferRange {
  return { buffer: storage.buffer, offset: 0, size: storage.buffer.size };
}

/** The floats of a storage from the start. */
export async function floats(device: Device, storage: Storage, count: number): Promise<number[]> {
  return [...new Float32Array(await device.read(storage, 0, count * 4))];
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

const SOURCE = new URL('../../src/', import.meta.url).href;

/**
 * Runs a module's text in a process of its own, to its end; `import … from 'src/…'` in it means the compiled engine. It
 * is killed after 30 seconds.
 */
export function runProgram(text: string, env: Record<string, string> = {}): Promise<Ended> {
  const program = text.replaceAll("'src/", `'${SOURCE}`);
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...process.env, ...env },
      timeout: 30000,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code, signal, stdout, stderr, seconds: (performance.now() - started) / 1000 }),
    );
  });
}
