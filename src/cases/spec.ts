/**
 * One op and how it proves itself: how to run it on the GPU and as reference, where its inputs come from, on which
 * shapes it is checked, which of these `weft doctor` repeats on the user's machine, and at which sizes it is timed.
 * Tests, gradient checks, self-check and benchmark all read these.
 */
import type { FamilyTrials } from '../kernels/launch/trial.js';
import type { HostTensor } from '../kernels/launch/host_tensor.js';
import type { DType, Tensor } from '../tensor/tensor.js';
import { drawTensor, seedOf, type Domain } from './draw.js';

type Shapes = readonly (readonly number[])[];

export interface InputSpec {
  /** As messages name it; its gradient is `d` and this. */
  readonly name: string;
  /** May depend on the case's shapes and arguments (labels are below the number of classes). */
  readonly domain: Domain | ((shapes: Shapes, args: unknown) => Domain);
  /** u32 inputs have no gradient. Default f32. */
  readonly dtype?: DType;
  /** An f32 input without a gradient, e.g. a condition. */
  readonly constant?: true;
}

export interface OpCase<A> {
  readonly shapes: Shapes;
  readonly args: A;
  /** No gradient check: too large for central differences in reasonable time. */
  readonly forwardOnly?: true;
  /**
   * In tests, f32 inputs that can lie in fours of channels (src/tensor/layout.ts) do so, and dy; and y and their
   * gradients must lie so, too.
   */
  readonly fours?: true;
  /** `weft doctor` runs it, forward and, where the reference has loops for it, backward. */
  readonly selfCheck?: true;
}

/** A size at which `weft bench kernels` times the op, and checks it first. */
export interface BenchCase<A> {
  readonly shapes: Shapes;
  readonly args: A;
  /** Floating-point operations of one run; default 0: bytes moved are the measure. */
  readonly flops?: number;
  /**
   * Bytes that a run must move, where that is not all of inputs and output (a lookup reads a few rows of its table).
   */
  readonly bytes?: number;
  /** The row's name after the op, where the input's shapes do not say it, as `--shapes` takes it. */
  readonly sizes?: string;
  /** What tells it from a row of the same shapes. */
  readonly note?: string;
  /** What is timed, where the op under test does more than the op (setting the seed). */
  readonly timed?: (inputs: readonly Tensor[]) => Tensor;
}

/** How `--shapes` writes the op's sizes, e.g. `MxKxN`, and the case that they make. */
export interface BenchSizes<A> {
  readonly letters: string;
  readonly case: (sizes: readonly number[]) => BenchCase<A>;
}

interface Spec<A> {
  /** Name in the registry of ops. */
  readonly op: string;
  /** In order; a case may leave out the last (a bias), and repeats the last where it has more shapes (cat). */
  readonly inputs: readonly InputSpec[];
  readonly gpu: (inputs: readonly Tensor[], args: A) => Tensor;
  readonly cpu: (inputs: readonly HostTensor[], args: A) => HostTensor;
  /**
   * Gradients as loops of their own (checked by central differences of `cpu`); else central differences take their
   * place.
   */
  readonly cpuBackward?: (dy: HostTensor, inputs: readonly HostTensor[], args: A) => readonly HostTensor[];
  readonly cases: readonly OpCase<A>[];
  /** Where the default is too strict, with the reason beside it. */
  readonly tolerance?: number;
  /** Families of kernels that it runs, with the problems on which their members compete: what `weft tune` tunes. */
  readonly trials?: readonly FamilyTrials<unknown>[];
  /** Default: the sizes are the shape of all inputs. null: other arguments fix them. */
  readonly benchSizes?: BenchSizes<A> | null;
}

/** An op of the registry. */
interface OwnSpec<A> extends Spec<A> {
  readonly composed?: false;
  readonly bench: readonly [BenchCase<A>, ...BenchCase<A>[]];
}

/** A function made of other ops: it is not in the registry, and need not be timed. */
interface ComposedSpec<A> extends Spec<A> {
  readonly composed: true;
  readonly bench?: readonly BenchCase<A>[];
}

export type OpSpec<A = unknown> = OwnSpec<A> | ComposedSpec<A>;

/** Checks the types of one spec and forgets its argument type, so that all can be in one table. */
export function defineSpec<A>(spec: OpSpec<A>): OpSpec {
  return spec as unknown as OpSpec;
}

export function inputSpec(spec: OpSpec, i: number): InputSpec {
  return spec.inputs[Math.min(i, spec.inputs.length - 1)];
}

export function caseName(spec: OpSpec, c: OpCase<unknown>): string {
  const args = c.args === null ? '' : ` ${JSON.stringify(c.args)}`;
  return `${spec.op} ${c.shapes.map((s) => `(${s.join(', ')})`).join(' ')}${args}${c.fours ? ' in fours' : ''}`;
}

/** The same cases in fours of channels. */
export function inFours<A>(cases: readonly OpCase<A>[]): OpCase<A>[] {
  return cases.map((c) => ({ ...c, fours: true }));
}

/** Whether an input has a gradient. */
export function isDifferentiable(spec: OpSpec, i: number): boolean {
  return inputSpec(spec, i).dtype !== 'u32' && !inputSpec(spec, i).constant;
}

/** The inputs of a case: every case has numbers of its own, always the same. */
export function drawInputs(spec: OpSpec, c: OpCase<unknown>): HostTensor[] {
  return c.shapes.map((shape, i) => {
    const { domain } = inputSpec(spec, i);
    const drawn = typeof domain === 'function' ? domain(c.shapes, c.args) : domain;
    return drawTensor(shape, drawn, seedOf(`${caseName(spec, c)} ${i}`));
  });
}
