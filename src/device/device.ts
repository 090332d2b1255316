/**
 * The Device: one WebGPU device and everything that ops need of it. Ops run eagerly in the user's eyes but only record;
 * the list is encoded and submitted at a readback, at `sync`, or when it is long. See docs/architecture.md for the way
 * of a step.
 */
import { env, waitFor } from '#platform';
import { adapterLine, openAdapter, type AdapterSummary, type MatrixUnits, type Opened } from './adapter.js';
import { GpuCache, type CacheStatistics } from './cache.js';
import { Choices } from './choices.js';
import { checkBindings, checkBytes, checkLaunch } from './checks.js';
import { captureStep, refuseInCapture, type CaptureArgument, type CapturedStep } from './capture.js';
import { Captures, type StepListener } from './capture_arena.js';
import { GpuError, UsageError } from './errors.js';
import { FailureWatch } from './failures.js';
import { describePool, INSPECT } from './inspect.js';
import type { Kernel, Launch } from './kernel.js';
import { Ownership } from './ownership.js';
import { BufferPool, alignUp, type PoolStatistics } from './pool.js';
import { profile, type ProfileRow } from './profiler.js';
import { Recorder } from './recorder.js';
import { Storage } from './storage.js';
import { Transfers } from './transfers.js';

/** A NaN, as f32 or two halves: what recycled memory holds under test, so that reading what was never written shows. */
const POISON = 0x7fc07fc0;

/** Which adapter `Device.create` opens, and how. */
export interface DeviceOptions {
  /** Part of an adapter's name; default `$WEFT_ADAPTER`, then the host's first. */
  readonly adapter?: string | undefined;
  /** Bytes that one binding may span at most; lowered by tests. Default: the adapter's own limit. */
  readonly maxBindingBytes?: number;
  /** Fills all memory handed out with NaN. Default `$WEFT_POISON`. */
  readonly poison?: boolean;
  /** Features to do without although the adapter offers them, separated by commas. Default `$WEFT_WITHOUT`. */
  readonly without?: string | undefined;
}

/** Counts since the device was opened. */
export interface DeviceStatistics extends PoolStatistics, CacheStatistics {
  readonly stagingBuffers: number;
  readonly submits: number;
  readonly dispatches: number;
  readonly transfers: number; // copies and clears: no timestamp can be put around them
}

/** One WebGPU device and everything that ops need of it: memory, commands, captured steps. */
export class Device {
  readonly gpu: GPUDevice;
  readonly adapter: AdapterSummary;
  readonly limits: GPUSupportedLimits;
  readonly features: ReadonlySet<string>;
  readonly matrices: MatrixUnits | null; // units that multiply matrices of halves, where there are some
  /** Larger ranges are worked on in windows (src/kernels/launch/windows.ts). */
  readonly maxBindingBytes: number;
  /** Which kernels to run where there is a choice. */
  readonly choices = new Choices();
  /** Whether all memory handed out is filled with NaN. */
  poison: boolean;

  readonly #pool: BufferPool;
  readonly #ownership: Ownership;
  readonly #cache: GpuCache;
  readonly #failures: FailureWatch;
  readonly #recorder: Recorder;
  readonly #captures: Captures;
  readonly #transfers: Transfers;
  #closed = false;

  /** Only for `create` and shapes_only.ts. */
  constructor({ gpu, adapter, matrices }: Opened, options: DeviceOptions) {
    this.gpu = gpu;
    this.adapter = adapter;
    this.matrices = matrices;
    this.limits = gpu.limits;
    this.features = new Set(gpu.features);
    const limit = gpu.limits.maxStorageBufferBindingSize;
    this.maxBindingBytes = Math.floor(Math.min(limit, options.maxBindingBytes ?? limit) / 256) * 256;
    this.poison = options.poison ?? env('WEFT_POISON') === '1';
    this.#pool = new BufferPool(gpu);
    this.#ownership = new Ownership(this.#pool);
    this.#failures = new FailureWatch(gpu);
    this.#cache = new GpuCache(gpu, this.#failures);
    this.#recorder = new Recorder(gpu, this.#failures, this.#pool, this.#cache, this.#ownership);
    this.#captures = new Captures(this, this.#pool, this.#ownership, this.#recorder);
    this.#transfers = new Transfers(this, this.#recorder, this.#pool);
  }

  /**
   * Opens an adapter. Close it with `destroy()` in a `finally`; the process ends by itself then.
   * @throws AdapterError when no adapter fits.
   */
  static async create(options: DeviceOptions = {}): Promise<Device> {
    return new Device(await openAdapter(options.adapter, options.without), options);
  }

  /** The adapter's name in one line. */
  get name(): string {
    return adapterLine(this.adapter);
  }

  /** Host state that moves from step to step. */
  get stepListeners(): StepListener[] {
    return this.#captures.stepListeners;
  }

  /** Steps replayed so far: each may have written anywhere. */
  get replays(): number {
    return this.#captures.replays;
  }

  /** Number of the capture that records now; 0 outside of captures. */
  get captureId(): number {
    return this.#captures.current;
  }

  // ---- memory -----------------------------------------------------------------------------------

  /** Memory of at least `bytes` bytes, its contents undefined, owned by the current scope. */
  allocate(bytes: number): Storage {
    this.#check();
    if (alignUp(bytes) > this.limits.maxBufferSize) {
      throw new GpuError(
        `a tensor of ${bytes} bytes is larger than the adapter's largest buffer (${this.limits.maxBufferSize} bytes)`,
        { fix: 'use a smaller batch or model' },
      );
    }
    const storage = new Storage(this, this.#pool.acquire(bytes, this.#captures.arena));
    this.#ownership.own(storage);
    if (this.poison) this.fill(storage, POISON);
    return storage;
  }

  /**
   * Takes a storage out of the scopes: it lives until it is released or collected. For parameters and running state.
   */
  keep(storage: Storage): void {
    checkBytes('keep', this, storage, 0, 0);
    if (this.captureId > 0 && storage.buffer.arena === this.#captures.arena)
      refuseInCapture(
        'keep',
        'make what is to stay before the step is captured; for gradients of leaves, run one step first',
      );
    this.#ownership.keep(storage);
  }

  /** Only for Storage.release. */
  recycle(storage: Storage): void {
    this.#ownership.recycle(storage);
  }

  /**
   * Runs a function and returns all memory allocated in it to the pool, except that of the tensors it returns (a
   * tensor, or arrays and plain objects of tensors). The outermost step also moves the random generator on.
   * @throws UsageError when the function is asynchronous: awaiting inside would let other work into the scope.
   */
  step<T>(body: () => T): T {
    return this.#captures.step(body);
  }

  /**
   * A function that does what `step(() => body(...))` does, but records the commands at its first call and repeats them
   * at later ones: the same results, bit for bit, for a few microseconds of host time per command. See capture.ts for
   * what the body must observe.
   */
  capture<A extends readonly CaptureArgument[], R>(body: (...args: A) => R): CapturedStep<A, R> {
    return captureStep(this.#captures, body);
  }

  /** Runs a function apart from the step that is being captured, if any: for things that are made once and stay. */
  aside<T>(body: () => T): T {
    return this.#captures.aside(body);
  }

  // ---- commands ---------------------------------------------------------------------------------

  /** Records one dispatch of a kernel. Everything is checked here: WebGPU itself would only raise an event later. */
  dispatch(kernel: Kernel, launch: Launch): void {
    this.#check();
    checkLaunch(kernel, launch, this.maxBindingBytes);
    if (launch.workgroups === 0) return;
    if (this.#recorder.isRehearsal) return this.#captures.noteCompiling(this.#recorder.compileAhead(kernel, launch));
    checkBindings(kernel, this.gpu, launch);
    this.#recorder.dispatch(kernel, launch);
  }

  /** Copies bytes between buffers, in order with everything recorded. Offsets and length in bytes, multiples of 4. */
  copy(source: Storage, sourceOffset: number, target: Storage, targetOffset: number, bytes: number): void {
    this.#check();
    this.#transfers.copy(source, sourceOffset, target, targetOffset, bytes);
  }

  /** Sets bytes to zero, in order with everything recorded. Offset and length in bytes, multiples of 4. */
  clear(target: Storage, offset = 0, bytes = target.buffer.size - offset): void {
    this.#check();
    this.#transfers.clear(target, offset, bytes);
  }

  /** Sets every word of a storage to the same 32 bits. */
  fill(target: Storage, word: number): void {
    this.#transfers.fill(target, word);
  }

  /** Writes host memory. Flushes first: a queue write would otherwise overtake what is recorded but not submitted. */
  write(target: Storage, data: ArrayBufferView<ArrayBuffer>, offset = 0): void {
    if (this.captureId > 0) refuseInCapture('write', 'hand numbers in as an argument of the captured step');
    this.flush();
    this.#transfers.write(target, data, offset);
  }

  /** Submits everything recorded so far; does not wait. */
  flush(): void {
    this.#check();
    this.#recorder.flush();
  }

  /** Submits, once a step that is under way has ended and what was dropped is known, where that may be much. */
  async settle(): Promise<void> {
    if (this.#ownership.isInScope) await null;
    if (this.#ownership.garbage.isDue) await this.#ownership.garbage.collect();
    this.flush();
  }

  /** Submits, and waits until the GPU has finished. Throws what went wrong meanwhile. */
  async sync(): Promise<void> {
    await this.settle();
    await waitFor(this.gpu.queue.onSubmittedWorkDone());
    await this.#failures.settled();
    this.#check();
  }

  /** The bytes of a range, after everything recorded so far. Offset and length in bytes. */
  async read(source: Storage, offset: number, bytes: number): Promise<ArrayBuffer> {
    this.#check();
    if (this.captureId > 0) refuseInCapture('read', 'return the tensor from the step and read it afterwards');
    const result = this.#transfers.read(source, offset, bytes);
    await result.catch(() => {}); // what WebGPU reports of itself says more
    await this.#failures.settled();
    this.#check();
    return result;
  }

  // ---- measuring, failing, ending ---------------------------------------------------------------

  /**
   * Runs a function and returns the GPU time of each kernel it recorded, slowest first.
   * @throws UsageError when the adapter has no timestamps, or inside another profile.
   */
  async profile(body: () => void | Promise<void>): Promise<ProfileRow[]> {
    if (!this.features.has('timestamp-query')) throw new UsageError(`${this.name} offers no timestamps`);
    return await profile(this, this.#recorder, body);
  }

  /** Counts of buffers, GPU objects and commands since the start, and bytes of GPU memory. */
  statistics(): DeviceStatistics {
    if (!this.#ownership.isInScope) this.#recorder.place();
    return {
      ...this.#pool.statistics(),
      ...this.#cache.statistics(),
      stagingBuffers: this.#transfers.stagingBuffers,
      submits: this.#recorder.submits,
      dispatches: this.#recorder.dispatches,
      transfers: this.#recorder.transfers,
    };
  }

  /** Destroys all buffers that are free, and what captured steps have no recording for. */
  trim(): void {
    if (this.captureId > 0) refuseInCapture('trim', 'call it when the step has ended');
    this.flush();
    this.#recorder.trim();
    this.#transfers.trim();
  }

  /** @throws GpuError the first failure that WebGPU reported, from then on always. */
  #check(): void {
    this.#failures.check();
    if (this.#closed) throw new UsageError('this device is destroyed');
  }

  /** Adapter and memory in a line: `Device llvmpipe: Mesa 25.0.7 (…), 3 of 8 buffers in use, 64 KiB`. */
  toString(): string {
    return this.#closed
      ? `Device ${this.name}, destroyed`
      : `Device ${this.name}, ${describePool(this.#pool.statistics())}`;
  }

  /** What Node shows of it on its console. */
  [INSPECT](): string {
    return this.toString();
  }

  /** Frees everything. Dawn waits here for what was submitted and for pipelines that are being compiled. */
  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#failures.close();
    this.gpu.destroy();
  }
}
