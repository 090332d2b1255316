/** The list of recorded commands and its encoding. Recording is plain data, so a step can be kept and encoded again. */
import type { UniformSlot } from './cache.js';
import type { BufferRange, Kernel } from './kernel.js';
import { PooledBuffer } from './pool.js';

export interface DispatchCommand {
  readonly kind: 'dispatch';
  readonly kernel: Kernel;
  readonly pipeline: GPUComputePipeline;
  readonly buffers: readonly BufferRange[];
  readonly params: UniformSlot | null;
  readonly x: number;
  readonly y: number;
  /** Made when its buffers have their places. */
  bindGroup: GPUBindGroup | null;
}

/** Bytes of a GPU buffer, from `base` on: memory of the pool, or a staging buffer. */
export interface Located {
  readonly gpu: GPUBuffer;
  readonly base: number;
}

export interface CopyCommand {
  readonly kind: 'copy';
  readonly source: PooledBuffer;
  readonly sourceOffset: number;
  readonly target: Located;
  readonly targetOffset: number;
  readonly bytes: number;
}

export interface ClearCommand {
  readonly kind: 'clear';
  readonly target: PooledBuffer;
  readonly offset: number;
  readonly bytes: number;
}

export type Command = DispatchCommand | CopyCommand | ClearCommand;

/** Calls `visit` for every memory of the pool that a command uses. */
export function forEachUse(command: Command, visit: (buffer: PooledBuffer, writes: boolean) => void): void {
  if (command.kind === 'dispatch') {
    let next = 0;
    for (const kind of command.kernel.bindings)
      if (kind !== 'params') visit(command.buffers[next++].buffer, kind === 'write');
    return;
  }
  if (command.kind === 'copy') visit(command.source, false);
  if (command.target instanceof PooledBuffer) visit(command.target, true);
}

/** The last command that writes into a range of memory (offset and length in bytes), by its place; -1: none does. */
export function lastWrite(
  commands: readonly Command[],
  { storage: { buffer }, offset, bytes }: { storage: { buffer: PooledBuffer }; offset: number; bytes: number },
): number {
  const meets = (target: unknown, start: number, size: number): boolean =>
    target === buffer && start < offset + bytes && start + size > offset;
  return commands.findLastIndex((command) => {
    if (command.kind !== 'dispatch') return meets(command.target, targetOffset(command), command.bytes);
    const bound = command.kernel.bindings.filter((kind) => kind !== 'params');
    return command.buffers.some((b, i) => bound[i] === 'write' && meets(b.buffer, b.offset, b.size));
  });
}

function targetOffset(command: CopyCommand | ClearCommand): number {
  return command.kind === 'copy' ? command.targetOffset : command.offset;
}

/** Gives each dispatch a pair of timestamp slots. */
export interface Stopwatch {
  timestampWrites(label: string): GPUComputePassTimestampWrites;
}

/** Encodes commands in order: neighbouring dispatches share one compute pass, unless each is timed. */
export function encodeCommands(
  encoder: GPUCommandEncoder,
  commands: readonly Command[],
  stopwatch: Stopwatch | null,
): void {
  let pass: GPUComputePassEncoder | null = null;
  let pipeline: GPUComputePipeline | null = null;
  const endPass = (): void => {
    pass?.end();
    pass = null;
    pipeline = null;
  };
  for (const command of commands) {
    switch (command.kind) {
      case 'dispatch': {
        if (stopwatch !== null) {
          endPass();
          pass = encoder.beginComputePass({ timestampWrites: stopwatch.timestampWrites(command.kernel.name) });
        }
        const current: GPUComputePassEncoder = (pass ??= encoder.beginComputePass());
        // Each call into WebGPU costs about a microsecond; a recurrent layer runs the same kernel many times over.
        if (command.pipeline !== pipeline) current.setPipeline((pipeline = command.pipeline));
        current.setBindGroup(0, command.bindGroup);
        current.dispatchWorkgroups(command.x, command.y);
        break;
      }
      case 'copy':
        endPass();
        encoder.copyBufferToBuffer(
          command.source.gpu,
          command.source.base + command.sourceOffset,
          command.target.gpu,
          command.target.base + command.targetOffset,
          command.bytes,
        );
        break;
      case 'clear':
        endPass();
        encoder.clearBuffer(command.target.gpu, command.target.base + command.offset, command.bytes);
        break;
      default:
        command satisfies never;
    }
  }
  endPass();
}
