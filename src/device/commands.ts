/** The list of recorded commands and its encoding. Recording is plain data, so a step can be kept and encoded again. */
import type { PooledBuffer } from './pool.js';

export interface DispatchCommand {
  readonly kind: 'dispatch';
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly x: number;
  readonly y: number;
}

export interface CopyCommand {
  readonly kind: 'copy';
  readonly source: GPUBuffer;
  readonly sourceOffset: number;
  readonly target: GPUBuffer;
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
          pass = encoder.beginComputePass({ timestampWrites: stopwatch.timestampWrites(command.label) });
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
          command.source,
          command.sourceOffset,
          command.target,
          command.targetOffset,
          command.bytes,
        );
        break;
      case 'clear':
        endPass();
        encoder.clearBuffer(command.target.gpu, command.offset, command.bytes);
        break;
      default:
        command satisfies never;
    }
  }
  endPass();
}
