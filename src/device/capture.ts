/**
 * Capture and replay. `device.capture(step)` returns a function of the same arguments. Its first call runs the step as
 * usual and keeps the list of commands that it recorded (pipeline, bind group, grid); later calls encode that list
 * again: no shapes are checked, no graph is built, no memory is looked for. The results are the same, bit for bit,
 * because the commands are.
 *
 * What a captured step must observe, as for every recorder of its kind: host code in it runs at the recording only. So
 * what changes from step to step has to be in GPU memory (learning rates, step counts, the random generator's step, the
 * place in an epoch are) or be an argument: a tensor's numbers are copied to where the recording reads them, and other
 * shapes or other plain values get a recording of their own.
 */
import type { Captures } from './capture_arena.js';
import { forEachUse, type Command } from './commands.js';
import { UsageError } from './errors.js';
import type { Arena, Block } from './pool.js';
import { forEachStorage, type Storage } from './storage.js';

/** What capture needs to know of a tensor. */
export interface TensorLike {
  readonly storage: Storage;
  readonly byteOffset: number;
  readonly size: number;
  readonly byteLength: number;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The same kind of tensor in other memory. */
  at(storage: Storage, byteOffset: number): TensorLike;
}

/** What a captured step may be handed: a tensor's numbers are copied in; other plain values are recorded anew. */
export type CaptureArgument = TensorLike | number | string | boolean | null;

/**
 * A captured step: call it like the function it was made of. The tensors it returns are overwritten by the next call.
 */
export interface CapturedStep<A extends readonly CaptureArgument[], R> {
  (...args: A): R;
  /**
   * Compiles, several at a time, the kernels that a call with such arguments will need. The step's host code runs for
   * it, but nothing is computed. Worth calling before the first step.
   */
  compile(args: A, onProgress?: (done: number, total: number) => void): Promise<void>;
  /**
   * As calling it, in pieces: `onWritten` is called for each of some ranges of memory when all that the step writes
   * there has been submitted, and what else is to be computed has not. The first call comes in one piece.
   */
  watching(watch: Watch, ...args: A): R;
  /** Gives its memory back. Call it when no more steps follow; tensors it returned are gone with it. */
  release(): void;
  /** How many recordings it holds: one for each kind of arguments it has met. */
  readonly recordings: number;
  /** Bytes of GPU memory that its recordings share, and what the one that needs most has in use at once. */
  readonly memory: { readonly bytes: number; readonly needed: number };
}

/** Ranges of memory, and what is to happen when a step has written them. Offset and length in bytes. */
export interface Watch {
  readonly ranges: readonly { readonly storage: Storage; readonly offset: number; readonly bytes: number }[];
  readonly onWritten: (range: number) => void;
}

/** What one kind of arguments led to. */
export interface Recording<R> {
  readonly arena: Arena;
  readonly commands: Command[];
  /** For each argument that is a tensor, the tensor that the step saw. */
  readonly inputs: readonly (TensorLike | null)[];
  result: R | null;
  /** Bytes that are in use at once while it runs, but for what it returns. */
  needed: number;
  /** Where the step listeners stood at its end. */
  marks: readonly number[];
}

/** Recordings kept at a time; a step that meets ever new shapes gains nothing from more. */
const MAX_RECORDINGS = 16;

export function captureStep<A extends readonly CaptureArgument[], R>(
  captures: Captures,
  body: (...args: A) => R,
): CapturedStep<A, R> {
  const recordings = new Map<string, Recording<R>>();
  let arena: Arena | null = null;

  const createArena = (): Arena => {
    const made = captures.createArena();
    made.named = () => new Set([...recordings.values()].flatMap(blocksOf));
    return made;
  };

  const drop = (key: string): void => {
    const recording = recordings.get(key) as Recording<R>;
    recordings.delete(key);
    for (const input of recording.inputs) input?.storage.free();
    forEachStorage(recording.result, (storage) => {
      if (storage.isPinned) storage.free();
    });
  };

  const record = (args: A): Recording<R> => {
    const memory = (arena ??= createArena());
    const inputs = args.map((a) => (isTensor(a) ? a.at(captures.allocateIn(memory, a.byteLength), 0) : null));
    const recording: Recording<R> = { arena: memory, commands: [], inputs, result: null, needed: 0, marks: [] };
    try {
      recording.result = captures.record(
        recording,
        () => copyInputs(args, inputs),
        () => body(...(args.map((a, i) => inputs[i] ?? a) as unknown as A)),
      );
    } catch (error) {
      for (const input of inputs) input?.storage.free();
      throw error;
    }
    forEachStorage(recording.result, (storage) => {
      storage.isPinned = storage.buffer.arena === memory; // not a parameter that the step returned
    });
    return recording;
  };

  const copyInputs = (args: A, inputs: readonly (TensorLike | null)[]): void => {
    for (const [i, to] of inputs.entries()) {
      const from = args[i];
      if (to !== null && isTensor(from) && from.size > 0)
        captures.copy(from.storage, from.byteOffset, to.storage, 0, Math.ceil(from.byteLength / 4) * 4);
    }
  };

  const run = (watch: Watch | null, args: A): R => {
    if (captures.isInStep) return body(...args); // part of a larger step, which is recorded as a whole or not at all
    const key = args.map(keyOf).join(' ');
    captures.beginStep();
    const known = recordings.get(key);
    if (known !== undefined) {
      copyInputs(args, known.inputs);
      captures.replay(known, watch);
      return known.result as R;
    }
    if (recordings.size >= MAX_RECORDINGS) drop([...recordings.keys()][0]);
    const recording = record(args);
    recordings.set(key, recording);
    watch?.ranges.forEach((_, i) => watch.onWritten(i));
    return recording.result as R;
  };
  const call = (...args: A): R => run(null, args);
  const watching = (watch: Watch, ...args: A): R => run(watch, args);

  const compile = async (args: A, onProgress: (done: number, total: number) => void = () => {}): Promise<void> => {
    await captures.rehearse((arena ??= createArena()), () => body(...args), onProgress);
  };

  const release = (): void => {
    for (const key of [...recordings.keys()]) drop(key);
    if (arena !== null) captures.dissolve(arena);
    arena = null;
  };
  const memory = (): CapturedStep<A, R>['memory'] => ({
    bytes: arena?.blocks.reduce((sum, block) => sum + block.size, 0) ?? 0,
    needed: Math.max(0, ...[...recordings.values()].map((r) => r.needed)),
  });
  return Object.defineProperties(Object.assign(call, { compile, watching, release }), {
    recordings: { get: () => recordings.size },
    memory: { get: memory },
  }) as CapturedStep<A, R>;
}

/** The blocks that a recording uses. */
function blocksOf({ commands, inputs }: Recording<unknown>): Block[] {
  const blocks = new Set(inputs.map((input) => input?.storage.buffer.block ?? null));
  for (const command of commands) forEachUse(command, ({ block }) => blocks.add(block));
  return [...blocks].filter((block) => block !== null);
}

function isTensor(x: CaptureArgument): x is TensorLike {
  return typeof x === 'object' && x !== null;
}

function keyOf(x: CaptureArgument): string {
  return isTensor(x) ? `${x.dtype}(${x.shape.join()})` : JSON.stringify(x);
}

/** @throws UsageError always: what this says cannot be replayed. */
export function refuseInCapture(what: string, fix: string): never {
  throw new UsageError(`[${what}] inside a captured step: it would happen at the recording and never again`, { fix });
}
