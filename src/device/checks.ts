/**
 * What is checked on the host before anything is recorded: WebGPU itself would only raise an event later, without a
 * name.
 */
import { ShapeError, UsageError } from './errors.js';
import type { Kernel, Launch } from './kernel.js';
import type { Device } from './device.js';
import type { Storage } from './storage.js';

/** WebGPU's limit on each dimension of a dispatch; no adapter offers more. */
export const MAX_WORKGROUPS = 65535;

/** @throws ShapeError when a launch is larger than WebGPU can dispatch or bind, or a range is not inside its buffer. */
export function checkLaunch(kernel: Kernel, { workgroups, buffers }: Launch, maxBindingBytes: number): void {
  if (!Number.isInteger(workgroups) || workgroups < 0 || workgroups > MAX_WORKGROUPS ** 2) {
    throw new ShapeError(`[${kernel.name}] ${workgroups} workgroups are not a number that WebGPU can launch`);
  }
  const kinds = kernel.bindings.filter((kind) => kind !== 'params');
  for (const [i, { offset, size, buffer, isCopy }] of buffers.entries()) {
    if (isCopy && kinds[i] === 'write')
      throw new UsageError(
        `[${kernel.name}] binding ${i} is a copy of a tensor in another layout: writing to it is lost`,
        { fix: "bind the tensor's own range (x.own), whose order of numbers is x.layout" },
      );
    if (size > maxBindingBytes) {
      throw new ShapeError(
        `[${kernel.name}] a tensor of ${size} bytes is larger than the adapter can bind (${maxBindingBytes} bytes)`,
        {
          fix: 'use a smaller batch: this op does not work in windows',
        },
      );
    }
    if (!(offset % 256 === 0 && offset >= 0 && size > 0 && offset + size <= buffer.size)) {
      throw new ShapeError(
        `[${kernel.name}] bytes ${offset}..${offset + size} do not lie in a buffer of ${buffer.size}, or start ` +
          `unaligned`,
      );
    }
  }
}

/**
 * @throws UsageError when buffers or params are missing or too many, belong to another device, or are read and written
 * at once.
 */
export function checkBindings(kernel: Kernel, gpu: GPUDevice, { buffers, params = [] }: Launch): void {
  const kinds = kernel.bindings.filter((kind) => kind !== 'params');
  if (buffers.length !== kinds.length)
    throw new UsageError(`[${kernel.name}] binds ${kinds.length} buffers, got ${buffers.length}`);
  if (kinds.length < kernel.bindings.length !== params.length > 0) {
    throw new UsageError(`[${kernel.name}] ${params.length > 0 ? 'takes no' : 'needs'} params`);
  }
  for (let i = 0; i < kinds.length; i++) {
    const a = buffers[i];
    if (a.buffer.owner !== gpu)
      throw new UsageError(`[${kernel.name}] a tensor belongs to another device`, {
        fix: 'make all tensors of an op on one device',
      });
    for (let j = 0; j < i; j++) {
      const b = buffers[j];
      if (a.buffer !== b.buffer || (kinds[i] === 'read' && kinds[j] === 'read')) continue;
      const disjoint = a.offset + a.size <= b.offset || b.offset + b.size <= a.offset;
      if (kinds[i] !== kinds[j] || !disjoint) {
        throw new UsageError(
          `[${kernel.name}] writes to memory that it also uses otherwise (bindings ${j} and ${i}); WebGPU allows ` +
            `no such launch`,
          {
            fix: 'copy one of the two tensors first',
          },
        );
      }
    }
  }
}

/** @throws ShapeError unless all words fit 32 bits; a larger one would be cut off silently. */
export function checkWords(kernel: Kernel, words: readonly number[]): void {
  const bad = words.find((w) => !(Number.isInteger(w) && w >= 0 && w <= 0xffffffff));
  if (bad !== undefined) throw new ShapeError(`[${kernel.name}] ${bad} does not fit an unsigned word of 32 bits`);
}

/**
 * For commands that are no dispatches.
 * @throws UsageError when the storage was released or belongs to another device; ShapeError when the range does not lie
 * in it.
 */
export function checkBytes(
  what: string,
  device: Device,
  storage: Storage,
  offset: number,
  bytes: number,
  isTarget = false,
): void {
  if (storage.device !== device) throw new UsageError(`[${what}] memory of another device`);
  if (storage.isReleased)
    throw new UsageError(`[${what}] this tensor was released: its step has ended`, {
      fix: 'return it from device.step, or use it inside the step',
    });
  if (isTarget && storage.isCopy)
    throw new UsageError(`[${what}] the target is a copy of a tensor in another layout: writing to it is lost`, {
      fix: 'write the numbers with tensor.write, or load a state dict',
    });
  if (!(offset >= 0 && bytes >= 0 && offset + bytes <= storage.buffer.size) || offset % 4 !== 0 || bytes % 4 !== 0) {
    throw new ShapeError(
      `[${what}] bytes ${offset}..${offset + bytes} do not lie in a buffer of ${storage.buffer.size}, or are no ` +
        `multiples of 4`,
    );
  }
}
