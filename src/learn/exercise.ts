/**
 * What an exercise is: one file of the reader's, a kernel or a program, and how it is checked. The exercises of a
 * lesson are what its check.mjs exports (docs/lessons).
 */
import type * as F from '../autograd/ops/index.js';
import type { Device } from '../device/device.js';
import type { BindingKind } from '../device/kernel.js';
import type { HostTensor } from '../kernels/launch/host_tensor.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Draw } from './draw.js';
import type { Expectation, Numbers } from './compare_numbers.js';
import type { Failure } from './failure.js';

/** What a kernel writes: what is to be there afterwards, and what is there before (default: a mark in each element). */
export interface KernelOutput {
  readonly expected: HostTensor;
  readonly initial?: HostTensor;
  /** What the mistakes of this exercise give, under a sentence that names each. */
  readonly mistakes?: Readonly<Record<string, ArrayLike<number> | HostTensor>>;
  /** What is the likely mistake where the numbers are those of none. */
  readonly otherwise?: string;
}

/** One run of a kernel on numbers, and what it must give. */
export interface KernelCase {
  /** By the names of `bindings`; labels and indices too (they are bound as u32 where `words` names them). */
  readonly inputs: Readonly<Record<string, HostTensor>>;
  readonly outputs: Readonly<Record<string, KernelOutput>>;
  /** The words of the uniform: whole numbers, floats through `floatBits`. */
  readonly params?: readonly number[];
  readonly constants?: Readonly<Record<string, number>>;
  /** Counted linearly, at most 65,535. */
  readonly workgroups: number;
}

/** A run worth timing: a kernel that is done sooner than it is started says nothing. Nothing is checked here. */
export interface TimedCase extends Pick<KernelCase, 'inputs' | 'params' | 'constants' | 'workgroups'> {
  /** In words: `1024 x 1024`. */
  readonly size: string;
  /** Shapes of what it writes. What is read before it is written is among the inputs, too. */
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** What of Weft makes the same of the inputs, to be timed beside it; `name` is how it is called: `add(a, b)`. */
  readonly weft?: {
    readonly name: string;
    readonly run: (inputs: Readonly<Record<string, Tensor>>, functions: typeof F) => Tensor;
  };
}

/**
 * A kernel that the reader writes. It is run at every size; inputs and outputs lie in longer buffers, so that what is
 * read or written past the end shows; and twice, so that threads that race show.
 */
export interface KernelExercise<Size = unknown> {
  readonly kind: 'kernel';
  /** In the order of their @binding numbers, as the kernel calls them. */
  readonly bindings: Readonly<Record<string, BindingKind>>;
  /** Inputs that are u32 in WGSL. */
  readonly words?: readonly string[];
  /** Odd ones among them: 1, primes, one more than a workgroup. */
  readonly sizes: readonly Size[];
  /** A size in words: `65 elements`. */
  readonly describe: (size: Size) => string;
  readonly make: (size: Size, draw: Draw) => KernelCase;
  /** See Expectation. */
  readonly tolerance?: number;
  /** What the text must hold, as the exercise is about it, and what is said where it does not. */
  readonly requires?: readonly (readonly [pattern: RegExp, says: string])[];
  /** What it is timed on when it has passed. Without it none is timed. */
  readonly timed?: (draw: Draw) => TimedCase;
}

/** What a test of a program is given. */
export interface Trial {
  readonly draw: Draw;
  /** @throws ExerciseError naming the first wrong element: see compareNumbers. */
  readonly close: (got: Numbers, expected: Numbers, what: string, expectation?: Expectation) => void;
  /** @throws ExerciseError unless the two are the same by JSON. */
  readonly same: (got: unknown, expected: unknown, what: string, mistakes?: Readonly<Record<string, unknown>>) => void;
  /** @throws ExerciseError */
  readonly fail: (message: string, mistake?: string) => never;
  /**
   * A gradient against central differences of f, in every element of x.
   * @param f of numbers to a number. @param got what the reader's backward gives.
   */
  readonly gradient: (
    f: (x: HostTensor) => number,
    x: HostTensor,
    got: Numbers,
    what: string,
    expectation?: Expectation & { readonly eps?: number },
  ) => void;
  /** The device, opened when first asked for. */
  readonly device: () => Promise<Device>;
}

/** What the reader's file exports. */
export type Solution = Readonly<Record<string, unknown>>;

/** A JavaScript file that the reader writes. */
export interface ProgramExercise {
  readonly kind: 'program';
  /** Names that it must export, all functions or classes. */
  readonly exports: readonly string[];
  /** In order; the first that fails is told. */
  readonly tests: Readonly<Record<string, (solution: Record<string, never>, trial: Trial) => void | Promise<void>>>;
}

export type Exercise = KernelExercise | ProgramExercise;

/** Declares a kernel to write. */
export function kernelExercise<Size>(e: Omit<KernelExercise<Size>, 'kind'>): Exercise {
  return { kind: 'kernel', ...e } as unknown as Exercise;
}

/** Declares a program to write. */
export function programExercise(e: Omit<ProgramExercise, 'kind'>): Exercise {
  return { kind: 'program', ...e };
}

/** How one test of an exercise went. */
export interface TestResult {
  readonly name: string;
  /** null: passed. */
  readonly failure: Failure | null;
}

/** How an exercise went: its tests up to the first that failed. */
export interface CheckResult {
  readonly passed: boolean;
  readonly tests: readonly TestResult[];
  /** Tests that come after the failure. */
  readonly notTried: number;
}
