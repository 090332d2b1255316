/**
 * What goes wrong in WebGPU comes as an event, often without a name. This takes the first one, finds out which kernel
 * or shader line it belongs to, which takes some turns of the event loop, and throws it at the next call from then on.
 */
import { encodeCommands, type Command } from './commands.js';
import { GpuError } from './errors.js';

export class FailureWatch {
  readonly #gpu: GPUDevice;
  #failure: GpuError | null = null;
  #hasHeard = false;
  #pending: Promise<void> = Promise.resolve();
  #encoding: readonly Command[] = [];
  #closed = false;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
    gpu.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      this.#hear(event.error.message);
    });
    void gpu.lost.then((info) => this.report(`the GPU device was lost (${info.reason}): ${info.message}`));
  }

  /** A failure whose message is complete. The first one stays. */
  report(message: string): void {
    if (!this.#closed) this.#failure ??= new GpuError(message);
  }

  /** Adds a check that WebGPU answers later, e.g. whether a shader compiles. */
  expect(check: Promise<void>): void {
    const answered = check.catch((error: unknown) => this.report(String(error)));
    this.#pending = Promise.all([this.#pending, answered]).then(() => {});
  }

  /** Resolves when all expected checks have been answered. @throws GpuError as `check` does. */
  async settled(): Promise<void> {
    await this.#pending;
    this.check();
  }

  /** @throws GpuError the first failure, from then on always. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** Runs a function that encodes these commands: an error in it is theirs. */
  during<T>(commands: readonly Command[], encode: () => T): T {
    this.#encoding = commands;
    try {
      return encode();
    } finally {
      this.#encoding = [];
    }
  }

  /** From now on nothing is a failure: the device is being destroyed. */
  close(): void {
    this.#closed = true;
  }

  /** The first error only: the others follow from it. */
  #hear(message: string): void {
    if (this.#hasHeard || this.#closed) return;
    this.#hasHeard = true;
    const commands = this.#encoding;
    const names = [...new Set(commands.map(commandName))].join(', ');
    const asHeard = names === '' ? message : `${message}\n(while encoding ${names})`;
    this.expect(
      this.#pending.then(async () => {
        if (this.#failure !== null) return; // a shader that does not compile says more
        const known = await this.#blame(commands).catch(() => null); // a lost device answers no more
        this.report(known ?? asHeard);
      }),
    );
  }

  /** Name and message of the first command that WebGPU refuses on its own, if any. */
  async #blame(commands: readonly Command[]): Promise<string | null> {
    for (const command of commands) {
      this.#gpu.pushErrorScope('validation');
      const encoder = this.#gpu.createCommandEncoder();
      encodeCommands(encoder, [command], null);
      encoder.finish();
      const error = await this.#gpu.popErrorScope();
      if (error !== null) return `[${commandName(command)}] ${error.message}`;
    }
    return null;
  }
}

function commandName(command: Command): string {
  return command.kind === 'dispatch' ? command.kernel.name : command.kind;
}
