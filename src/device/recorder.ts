/**
 * The commands of a device: recorded, given their memory, and submitted together. What is recorded while a step is
 * captured is also kept for its replays.
 */
import type { GpuCache } from './cache.js';
import { MAX_WORKGROUPS } from './checks.js';
import { encodeCommands, type Command } from './commands.js';
import type { FailureWatch } from './failures.js';
import { noteWrites, type Kernel, type Launch } from './kernel.js';
import { noteLaunch } from './launches.js';
import { NO_GPU } from './no_gpu.js';
import type { Ownership } from './ownership.js';
import { Placement } from './memory/placement.js';
import type { BufferPool } from './pool.js';
import type { Profiler } from './profiler.js';

/** Commands recorded before a flush is forced: keeps the GPU fed while the host still records. */
const FLUSH_AFTER = 256;
/**
 * Waiting shows what is released meanwhile and need not be kept apart. So commands wait for the end of their step, and
 * outside of steps while they use more than so many bytes that have no place yet; but no more than so many commands.
 */
const WAIT_FOR_BYTES = 2 ** 24;
const MAX_WAITING = 16384;

export class Recorder {
  /** Times each dispatch while it is set. */
  profiler: Profiler | null = null;
  /** The list of the step that is being captured, if any. */
  captured: Command[] | null = null;
  submits = 0;
  dispatches = 0;
  /** Copies and clears. */
  transfers = 0;
  readonly #gpu: GPUDevice;
  readonly #failures: FailureWatch;
  readonly #placement: Placement;
  readonly #pool: BufferPool;
  readonly #cache: GpuCache;
  readonly #ownership: Ownership;
  #rehearses = false;
  #recorded: Command[] = [];
  /** So many of them have their memory. */
  #placed = 0;

  constructor(gpu: GPUDevice, failures: FailureWatch, pool: BufferPool, cache: GpuCache, ownership: Ownership) {
    this.#gpu = gpu;
    this.#failures = failures;
    this.#placement = new Placement(pool, cache);
    this.#pool = pool;
    this.#cache = cache;
    this.#ownership = ownership;
  }

  /** Rehearsing: what is recorded is thrown away. Without a GPU it is never otherwise. */
  get isRehearsal(): boolean {
    return this.#rehearses || this.#gpu === NO_GPU;
  }

  set isRehearsal(rehearses: boolean) {
    this.#rehearses = rehearses;
  }

  /** Records a launch that was checked. */
  dispatch(kernel: Kernel, launch: Launch): void {
    const { buffers, params: words = [], constants = {}, specialise = {}, workgroups } = launch;
    noteLaunch(kernel, launch);
    const x = Math.min(workgroups, MAX_WORKGROUPS);
    const y = Math.ceil(workgroups / x);
    const pipeline = this.#cache.pipeline(kernel, constants, specialise);
    const params = this.#cache.uniform(kernel, words);
    noteWrites(kernel, buffers);
    this.record({ kind: 'dispatch', kernel, pipeline, buffers, params, x, y, bindGroup: null });
  }

  /** Begins to compile what a launch needs; null when it is known already. */
  compileAhead(kernel: Kernel, { constants = {}, specialise = {} }: Launch): Promise<void> | null {
    return this.#cache.compileAhead(kernel, constants, specialise);
  }

  record(command: Command): void {
    if (this.isRehearsal) return;
    this.captured?.push(command);
    this.add(command);
    const waiting = this.#recorded.length - this.#placed;
    if (this.captured === null && this.#recorded.length >= FLUSH_AFTER && (waiting >= MAX_WAITING || !this.#waits()))
      this.flush();
  }

  #waits(): boolean {
    return this.#ownership.isInScope || this.#pool.unplaced > WAIT_FOR_BYTES;
  }

  /** Records a command that belongs to no captured step. */
  add(command: Command): void {
    if (command.kind === 'dispatch') this.dispatches++;
    else this.transfers++;
    this.#recorded.push(command);
  }

  /** Decides where the memory of everything recorded so far lies. @returns the bytes it needs at once for a while. */
  place(): number {
    if (this.#placed === this.#recorded.length) return 0;
    const commands = this.#placed === 0 ? this.#recorded : this.#recorded.slice(this.#placed);
    this.#placed = this.#recorded.length;
    return this.#placement.place(commands);
  }

  /**
   * A step has ended: what it did not return needs its memory no longer than its commands.
   * @returns the bytes that it needs at once.
   */
  endStep(): number {
    const needed = this.place();
    if (this.#recorded.length >= FLUSH_AFTER) this.flush();
    return needed;
  }

  /** Destroys what no command that may still be submitted uses. */
  trim(): void {
    this.#placement.forget();
    this.#cache.dropBindGroups();
    this.#pool.trim();
    this.#gpu.queue.submit([]); // Dawn gives destroyed memory back when a later submit has been waited for
  }

  /** Submits everything recorded so far; does not wait. */
  flush(): void {
    if (this.#recorded.length === 0) return;
    this.place();
    const commands = this.#recorded;
    this.#recorded = [];
    this.#placed = 0;
    this.#submit(commands);
  }

  /** Submits everything recorded so far, then this list. */
  replay(commands: readonly Command[]): void {
    this.flush();
    const dispatches = commands.reduce((n, c) => (c.kind === 'dispatch' ? n + 1 : n), 0);
    this.dispatches += dispatches;
    this.transfers += commands.length - dispatches;
    this.#submit(commands);
  }

  #submit(commands: readonly Command[]): void {
    const encoder = this.#gpu.createCommandEncoder({ label: `flush ${this.submits}` });
    this.#failures.during(commands, () => {
      encodeCommands(encoder, commands, this.profiler);
      this.#gpu.queue.submit([encoder.finish()]);
    });
    this.submits++;
  }
}
