/** Parameters and layers at the paths that a file's names give them, so that state dicts have the file's keys. */
import type { StateBuffer } from '../../nn/buffer.js';
import { Module, type AnyModule } from '../../nn/module.js';
import type { Parameter } from '../../nn/parameter.js';
import { UsageError } from '../../device/errors.js';

/** Holds parameters and layers under names; it computes nothing. */
class Group extends Module {
  forward(): never {
    throw new UsageError('[OnnxModule] a part of a network that was read from ONNX cannot be called by itself');
  }
}

/** What can stand at the end of a path. */
export type Leaf = Parameter | StateBuffer | AnyModule;

const TAKEN: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Module.prototype),
  ...Object.getOwnPropertyNames(Object.prototype),
  'training',
  'isFrozen',
]);

/** A name of a file as the parts of a path: `/layer1/0/conv1/Conv_output_0` is layer1, 0, conv1, Conv_output_0. */
export function pathOf(name: string): string[] {
  const parts = name.split(/[./:]+/).filter((part) => part !== '');
  return (parts.length === 0 ? ['_'] : parts).map((part) => (TAKEN.has(part) ? `${part}_` : part));
}

/** Puts a leaf at a path below a module. Where something else is already, `_` is added. @returns where it lies. */
export function place(root: AnyModule, path: readonly string[], leaf: Leaf): string {
  let at = root as unknown as Record<string, unknown>;
  const walked: string[] = [];
  for (const part of path.slice(0, -1)) {
    let name = part;
    while (Object.hasOwn(at, name) && !(at[name] instanceof Group)) name += '_';
    at[name] ??= new Group();
    walked.push(name);
    at = at[name] as Record<string, unknown>;
  }
  let last = path[path.length - 1];
  while (Object.hasOwn(at, last)) last += '_';
  at[last] = leaf;
  return [...walked, last].join('.');
}
