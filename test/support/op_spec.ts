/** One op under test: how to run it on the GPU and as reference, where its inputs come from, and on which shapes. */
import type { HostTensor } from '../../src/kernels/launch/host_tensor.js';
import type { DType, Tensor } from '../../src/tensor/tensor.js';
import type { Domain } from './host.js';

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
}

export interface OpSpec<A = unknown> {
  /** Name in the registry of ops. */
  readonly op: string;
  /** A function made of other ops: it is not in the registry. */
  readonly composed?: true;
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
}

/** Checks the types of one spec and forgets its argument type, so that all can be in one table. */
export function defineSpec<A>(spec: OpSpec<A>): OpSpec {
  return spec as unknown as OpSpec;
}

export function inputSpec(spec: OpSpec, i: number): InputSpec {
  return spec.inputs[Math.min(i, spec.inputs.length - 1)];
}

export function caseName(spec: OpSpec, c: OpCase<unknown>): string {
  const args = c.args === null ? '' : ` ${JSON.stringify(c.args)}`;
  return `${spec.op} ${c.shapes.map((s) => `(${s.join(', ')})`).join(' ')}${args}`;
}
