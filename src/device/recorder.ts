/**
 * The commands of a device: recorded, and submitted together. What is recorded while a step is captured is also kept
 * for its replays.
 */
import { encodeCommands, type Command } from './commands.js';
import type { FailureWatch } from './failures.js';
import { NO_GPU } from './no_gpu.js';
import type { Profiler } from './profiler.js';

/** Commands recorded before a flush is forced: keeps the GPU fed while the host still records. */
const FLUSH_AFTER = 256;

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
  #rehearses = false;
  #recorded: Command[] = [];

  constructor(gpu: GPUDevice, failures: FailureWatch) {
    this.#gpu = gpu;
    this.#failures = failures;
  }

  /** Rehearsing: what is recorded is thrown away. Without a GPU it is never otherwise. */
  get isRehearsal(): boolean {
    return this.#rehearses || this.#gpu === NO_GPU;
  }

  set isRehearsal(rehearses: boolean) {
    this.#rehearses = rehearses;
  }

  record(command: Command): void {
    if (this.isRehearsal) return;
    this.captured?.push(command);
    this.add(command);
    if (this.#recorded.length >= FLUSH_AFTER) this.flush();
  }

  /** Records a command that belongs to no captured step. */
  add(command: Command): void {
    if (command.kind === 'dispatch') this.dispatches++;
    else this.transfers++;
    this.#recorded.push(command);
  }

  /** Submits everything recorded so far; does not wait. */
  flush(): void {
    if (this.#recorded.length === 0) return;
    const commands = this.#recorded;
    this.#recorded = [];
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
