/**
 * The host, when it is Node: where the GPU comes from, where files and shader text are, how one waits without burning a
 * core. No other file of the engine, the data readers or the trainer knows that it runs in Node (the command line
 * does).
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { arch, availableParallelism, homedir, platform, release, tmpdir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, globals } from 'webgpu';
import type { GpuConstants } from './gpu_constants.js';
import { isAbsent } from './node_paths.js';
import { PIECE } from './outputs.js';

export { collectGarbage } from './garbage.js';
export { pathState, pathWithin, readHead } from './node_paths.js';
export { crc32, OpenFile } from './open_file.js';
export { GrowingFile } from './growing_file.js';
export { answerQuestions, HelperThread } from './helper_thread.js';
export type { PathState } from './path_state.js';
export { gunzip } from './gunzip.js';
export { digest, sha256, Sha256 } from './node_hashes.js';
export { heardOnce } from './heard_once.js';
export { HttpFailure, openHttp, type HttpAnswer, type HttpClient, type HttpFailureKind } from './http/open_client.js';
export { LineFile, wholeLines } from './line_file.js';
export { isLockFile, ownerOf, takeFolder, type FolderLock, type TakeOptions } from './folder_lock.js';
export { LOCK_TIMING, type LockOwner, type LockTiming } from './lock_owner.js';
export {
  appendBytes,
  isTemporary,
  makeDirectory,
  OutputError,
  removeEmpty,
  requireRoom,
  tryFile,
  writeFileAtomic,
} from './outputs.js';

// Compiled to dist/src/platform/node.js: the package's root is three folders up.
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Mesa prints a line about a missing runtime folder otherwise. */
process.env['XDG_RUNTIME_DIR'] ??= tmpdir();

/** The WebGPU flag constants (GPUBufferUsage, GPUMapMode, …) as the host gives them; not put on globalThis. */
export const gpuConstants = globals as unknown as GpuConstants;

/** Dawn's features that Weft switches at start-up; see `requestGPU`. */
export interface GPUOptions {
  /** Restricts the backend: 'vulkan' | 'metal' | 'd3d12'. Default: the host's own choice. */
  readonly backend?: string;
}

/**
 * Entry points by their flags, kept to the end of the process: Dawn polls for its promises through the entry point, and
 * one that is garbage collected while a promise is pending (a device destroyed early, say) crashes the process.
 */
const entries = new Map<string, GPU>();

/**
 * The WebGPU entry point. Timestamps are not quantised, so that the profiler sees single kernels; experimental features
 * (matrix units) are offered where the adapter has them.
 */
export function requestGPU(options: GPUOptions = {}): GPU {
  const flags = ['disable-dawn-features=timestamp_quantization', 'enable-dawn-features=allow_unsafe_apis'];
  if (options.backend !== undefined) flags.push(`backend=${options.backend}`);
  const key = flags.join();
  let gpu = entries.get(key);
  if (gpu === undefined) entries.set(key, (gpu = create(flags)));
  return gpu;
}

/** What to do where there is no adapter. */
export function adapterAdvice(): string {
  const driver = env('VK_DRIVER_FILES') ?? env('VK_ICD_FILENAMES');
  return driver === undefined
    ? 'install your GPU’s Vulkan driver; on Debian and Ubuntu `apt-get install mesa-vulkan-drivers` brings a ' +
        'software one' +
        ' (in a checkout `npm run setup` does)'
    : `VK_DRIVER_FILES is set to ${driver}: unset it, or let it name an existing driver`;
}

/** Text of a file below `shaders/`, e.g. `matmul.wgsl` or `common/philox.wgsl`. */
export function shaderText(name: string): string {
  return readFileSync(join(ROOT, 'shaders', name), 'utf8');
}

/** A digest of all of shaders/: changes with every change of a kernel. */
export function shadersDigest(): string {
  const names = (readdirSync(join(ROOT, 'shaders'), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.wgsl'))
    .sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${name.replaceAll('\\', '/')}\n${shaderText(name)}\n`);
  return hash.digest('hex');
}

/** Path of a TrueType font that comes with the package (scripts/lib/fonts.mjs), e.g. `DejaVuSans.ttf`. */
export function fontFile(name: string): string {
  return join(ROOT, 'dist', 'fonts', name);
}

/** Path of a folder of the package, e.g. `dist/page`. */
export function packageFolder(name: string): string {
  return join(ROOT, name);
}

/** Text of the package's own package.json. */
export function packageJson(): { name: string; version: string } {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { name: string; version: string };
}

const sleepCell = new Int32Array(new SharedArrayBuffer(4));

/** Stops this thread for so many milliseconds, and leaves its processor to others. */
export function sleep(milliseconds: number): void {
  Atomics.wait(sleepCell, 0, 0, milliseconds);
}

/**
 * Waits for a GPU promise. dawn.node re-polls from setImmediate while a promise is pending, which takes a whole core
 * from a software adapter; so poll for about 1 ms (short work ends there), then sleep 0.5 ms between polls.
 */
export function waitFor<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  const watched = promise.finally(() => {
    settled = true;
  });
  watched.catch(() => {}); // the caller sees the rejection
  const started = performance.now();
  const poll = (): void => {
    if (settled) return;
    if (performance.now() - started > 1) sleep(0.5);
    setImmediate(poll);
  };
  setImmediate(poll); // not an await in a loop: a promise for every poll would be most of a step's garbage
  return watched;
}

let endings: Set<(exitCode: number) => void> | null = null;

/** Runs `end` when the process ends, but for a crash or SIGKILL. @returns a function that takes it back. */
export function atExit(end: (exitCode: number) => void): () => void {
  if (endings === null) process.once('exit', (exitCode) => endings?.forEach((each) => each(exitCode)));
  endings ??= new Set();
  endings.add(end);
  return () => void endings?.delete(end);
}

/** Milliseconds of processor time that this process has taken, a software adapter's threads included. */
export function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Value of an environment variable, or undefined when unset or empty. */
export function env(name: string): string | undefined {
  return process.env[name] || undefined;
}

/** Sets an environment variable that is not set, for this process and for C libraries that it loads later. */
export function defaultEnv(name: string, value: string): void {
  process.env[name] ??= value;
}

/** What a run folder records about the machine. */
export function hostDescription(): Record<string, string | number> {
  return {
    runtime: `node ${process.version}`,
    os: `${platform()} ${release()} ${arch()}`,
    cores: availableParallelism(),
  };
}

/** Where this system's programs keep what they can make again. */
function usualCaches(): string {
  if (platform() === 'win32') return env('LOCALAPPDATA') ?? join(homedir(), 'AppData', 'Local');
  return platform() === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
}

/** The user's cache folder for Weft (downloads, tuner). `WEFT_CACHE` overrides. */
export function cacheDirectory(): string {
  const base = env('XDG_CACHE_HOME') ?? usualCaches();
  return env('WEFT_CACHE') ?? join(base, 'weftgrad');
}

/**
 * A file or folder, or null when there is none: a link that leads to itself and a name that no file can have are none
 * too.
 */
export async function fileInfo(path: string): Promise<{ readonly size: number; readonly isDirectory: boolean } | null> {
  try {
    const s = await stat(path);
    return { size: s.size, isDirectory: s.isDirectory() };
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

export async function readBytes(path: string, piece = PIECE): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > piece) return readPieces(path, size, piece);
  const buffer = await readFile(path);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

async function readPieces(path: string, size: number, piece: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  const file = await open(path);
  try {
    let done = 0;
    while (done < size) {
      const { bytesRead } = await file.read(bytes, done, Math.min(piece, size - done), done);
      if (bytesRead === 0) break; // it has become shorter meanwhile
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } finally {
    await file.close();
  }
}

/** Names in a folder, sorted. */
export async function listDirectory(path: string): Promise<string[]> {
  return (await readdir(path)).sort();
}

/** Gives a file another name in the same file system; replaces what had that name. */
export async function renameFile(from: string, to: string): Promise<void> {
  await rename(from, to);
}

/** Deletes a file; it need not exist. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

export function joinPath(...parts: string[]): string {
  return join(...parts);
}

/** The whole path of a file or folder. */
export function absolutePath(path: string): string {
  return resolve(path);
}

/** A path that counts from a folder, as it counts from the current one. Absolute ones stay. */
export function pathFromHere(folder: string, path: string): string {
  return isAbsolute(path) ? path : relative('', resolve(folder, path));
}

/** The folder that a path's last name is in. */
export function parentFolder(path: string): string {
  return dirname(path);
}

/**
 * The same memory as the byte type that pngjs takes: Node's Buffer, which the declarations that users compile do not
 * name.
 */
export function asBuffer(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Says something that a program's user should know. */
export function warn(text: string): void {
  process.emitWarning(text, 'WeftWarning');
}
