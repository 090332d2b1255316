/**
 * The host, when it is a browser: the same functions as node.ts, as far as a page needs them. There are no files: what
 * would read or write one says so. The bundler (scripts/lib/bundle.mjs) puts this in the place of `#platform`, and the
 * shaders into the bundle.
 */
import type { GpuConstants } from './gpu_constants.js';
import { sha256Hex } from './sha256.js';

import type { PathState } from './path_state.js';

/** Text of every file below `shaders/`, and the package's name and version: put in by the bundler. */
declare const WEFT_SHADERS: Readonly<Record<string, string>>;
declare const WEFT_PACKAGE: { name: string; version: string };

/** Typed by hand, because the engine is compiled without the browser's own types. */
const host = globalThis as unknown as {
  readonly navigator?: { readonly gpu?: GPU; readonly userAgent: string; readonly hardwareConcurrency: number };
};

/**
 * The flags of the WebGPU standard (https://www.w3.org/TR/webgpu/). Browsers have them as globals, but only where
 * WebGPU is switched on, and this module must load anywhere.
 */
export const gpuConstants: GpuConstants = {
  GPUBufferUsage: {
    MAP_READ: 1,
    MAP_WRITE: 2,
    COPY_SRC: 4,
    COPY_DST: 8,
    UNIFORM: 64,
    STORAGE: 128,
    QUERY_RESOLVE: 512,
  },
  GPUMapMode: { READ: 1, WRITE: 2 },
};

/** Nothing of Dawn's can be switched from within a browser. */
export type GPUOptions = object;

/** The WebGPU entry point; where the browser has none, one that offers no adapter. */
export function requestGPU(_options: GPUOptions = {}): GPU {
  return host.navigator?.gpu ?? ({ requestAdapter: () => Promise.resolve(null) } as unknown as GPU);
}

/** What to do where there is no adapter. */
export function adapterAdvice(): string {
  return host.navigator?.gpu === undefined
    ? 'use a recent Chrome, Edge, Safari or Firefox, over https or on this very machine (localhost)'
    : 'the browser has WebGPU but no adapter for it: see that hardware acceleration is on in its settings';
}

/** Text of a file below `shaders/`, e.g. `matmul.wgsl` or `common/philox.wgsl`. */
export function shaderText(name: string): string {
  const text = WEFT_SHADERS[name];
  if (text === undefined) throw new Error(`no shader ${name} in the bundle`);
  return text;
}

/** Name and version of the package that the bundle was made of. */
export function packageJson(): { name: string; version: string } {
  return WEFT_PACKAGE;
}

/** Waits for a GPU promise. The browser does so by itself. */
export function waitFor<T>(promise: Promise<T>): Promise<T> {
  return promise;
}

/**
 * Stops a worker. The cell is made when it is wanted: a page that is not isolated has no shared memory, and its main
 * thread may not sleep.
 */
export function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** A page cannot have garbage collected. */
export function collectGarbage(): Promise<boolean> {
  return Promise.resolve(false);
}

/** A page's devices end with it. */
export function atExit(_end: (exitCode: number) => void): () => void {
  return () => {};
}

/** A browser does not tell. */
export function cpuMilliseconds(): number {
  return NaN;
}

/** A browser has no environment variables. */
export function env(_name: string): string | undefined {
  return undefined;
}

/** A browser has no environment variables. */
export function defaultEnv(_name: string, _value: string): void {}

/** The machine, as far as a browser tells. */
export function hostDescription(): Record<string, string | number> {
  return { runtime: host.navigator?.userAgent ?? 'unknown', cores: host.navigator?.hardwareConcurrency ?? 1 };
}

export function joinPath(...parts: string[]): string {
  return parts.join('/');
}

function noFiles(what: string): Error {
  return new Error(`${what}: there are no files in a browser; fetch the bytes and hand them in`);
}

/** @throws always: there are no files. So for all below. */
export function fileInfo(path: string): Promise<{ readonly size: number; readonly isDirectory: boolean } | null> {
  return Promise.reject(noFiles(path));
}

export function pathState(path: string): Promise<PathState> {
  return Promise.reject(noFiles(path));
}

export function readBytes(path: string): Promise<Uint8Array> {
  return Promise.reject(noFiles(path));
}

export function readHead(path: string, _length: number): Promise<Uint8Array> {
  return Promise.reject(noFiles(path));
}

export function cacheDirectory(): string {
  throw noFiles('the cache');
}

export function makeDirectory(path: string): Promise<void> {
  return Promise.reject(noFiles(path));
}

export function writeFileAtomic(path: string, _data: Uint8Array | string): void {
  throw noFiles(path);
}

export function gunzip(_bytes: Uint8Array, _most: number, _likely?: number): Promise<Uint8Array> {
  return Promise.reject(noFiles('gunzip'));
}

/** CRC-32, as in zip and gzip, a byte at a time (RFC 1952, 8). */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff];
  return ~crc >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = (n & 1) === 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

/** SHA-256 in hex of several pieces of memory as if they were one. */
export function sha256(parts: Iterable<Uint8Array>): string {
  return sha256Hex(parts);
}

/**
 * Says something that a page's author should know: an event `weft-warning` of the window, and nothing where there is
 * none.
 */
export function warn(text: string): void {
  const { dispatchEvent, CustomEvent: Made } = globalThis as unknown as {
    dispatchEvent?: (event: unknown) => void;
    CustomEvent?: new (name: string, init: object) => unknown;
  };
  if (dispatchEvent !== undefined && Made !== undefined)
    dispatchEvent.call(globalThis, new Made('weft-warning', { detail: text }));
}
