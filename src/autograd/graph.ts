/**
 * Reverse-mode differentiation. A differentiable op is one record: forward beside backward, and what is saved between
 * them. `apply` runs the forward and leaves a node on the output; `backward` (backward.ts) walks the nodes from the
 * loss to the leaves.
 */
import { UsageError } from '../device/errors.js';
import { isAsked } from '../device/launches.js';
import { remark } from '../device/notices.js';
import { formatShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Destinations, Node } from './node.js';

export { backward } from './backward.js';
export type { Destinations } from './node.js';

/** Written in place of a backward: asking for this op's gradient is an error that names it. */
export const noGradient = Symbol('no gradient');

/**
 * What autocast (autocast.ts) makes of an op's inputs. `half`: a product; so many inputs, the first ones, are
 * activations and are cast to f16, and what follows (weight, bias) stays as it is. `keep`: what comes as f16 goes on as
 * f16; statistics and parameters stay f32. `same`: as `keep`, but only where both inputs are f16 and of one shape.
 */
export type Precision = { readonly half: number } | 'keep' | 'same';

/**
 * A differentiable op: forward beside backward, and what is saved between them.
 * @typeParam Args what else the op takes besides tensors.
 * @typeParam Saved what forward leaves for backward.
 */
export interface Op<Args, Saved> {
  readonly name: string;
  /** What autocast makes of its inputs; left out: what comes as f16 is cast to f32 first. */
  readonly precision?: Precision | undefined;
  readonly forward: (inputs: readonly Tensor[], args: Args) => { output: Tensor; saved: Saved };
  /**
   * One gradient per input, null where `needs` is false or where the input is not differentiable. dy has the output's
   * shape, each result its input's. Where `into` names memory for a gradient, an op that can writes it there and
   * returns that tensor; this saves adding it to a parameter's gradient afterwards.
   */
  readonly backward:
    | ((
        dy: Tensor,
        saved: Saved,
        args: Args,
        needs: readonly boolean[],
        into: Destinations,
      ) => readonly (Tensor | null)[])
    | typeof noGradient;
}

const registry = new Map<string, Op<never, never>>();

/**
 * Declares a differentiable op and enters it into the list that tests walk; `apply` runs it.
 * @throws UsageError when there is an op of this name already.
 */
export function defineOp<Args, Saved>(op: Op<Args, Saved>): Op<Args, Saved> {
  if (registry.has(op.name))
    throw new UsageError(`op ${op.name} is declared twice`, { fix: 'give one of them another name' });
  registry.set(op.name, op as unknown as Op<never, never>);
  return op;
}

export interface OpSummary {
  readonly name: string;
  readonly differentiable: boolean;
  readonly precision: Precision | undefined;
}

/** All ops declared so far. */
export function ops(): OpSummary[] {
  return [...registry.values()].map(({ name, backward, precision }) => ({
    name,
    differentiable: backward !== noGradient,
    precision,
  }));
}

/** An op by its name, to look at what it saves and records; undefined where there is none. */
export function opNamed(name: string): Op<unknown, unknown> | undefined {
  return registry.get(name) as Op<unknown, unknown> | undefined;
}

let gradEnabled = true;

/** Runs a function without recording: nothing in it can be differentiated, nothing is saved. */
export function noGrad<T>(body: () => T): T {
  const before = gradEnabled;
  gradEnabled = false;
  try {
    return body();
  } finally {
    gradEnabled = before;
  }
}

/** What an op is given instead of its inputs; may apply other ops. */
export type InputRule = (precision: Precision | undefined, inputs: readonly Tensor[]) => readonly Tensor[];

let inputRule: InputRule | null = null;

/** Runs a function in which the inputs of every op go through a rule first: see autocast.ts. */
export function withInputRule<T>(rule: InputRule, body: () => T): T {
  const before = inputRule;
  inputRule = rule;
  try {
    return body();
  } finally {
    inputRule = before;
  }
}

/** What runs a function later under the rule that there is now. */
export function withPresentInputRule(): <T>(body: () => T) => T {
  const present = inputRule;
  return (body) => {
    const before = inputRule;
    inputRule = present;
    try {
      return body();
    } finally {
      inputRule = before;
    }
  };
}

/**
 * What becomes of an op: a tensor is its output, and it does not run; tensors are what it is given instead of its
 * inputs.
 */
export type OpRule = (op: string, inputs: readonly Tensor[], args: unknown) => Tensor | readonly Tensor[];

let opRule: OpRule | null = null;

/** Runs a function without recording, in which a rule is asked about every op first: see folding.ts. */
export function withOpRule<T>(rule: OpRule | null, body: () => T): T {
  const before = opRule;
  opRule = rule;
  try {
    return noGrad(body);
  } finally {
    opRule = before;
  }
}

type Observer = (op: string, inputs: readonly Tensor[], output: Tensor, args: unknown) => void;

let observer: Observer | null = null;

/** Runs a function and is told of every op that runs in it, in order. */
export function observeOps<T>(listener: Observer, body: () => T): T {
  const before = observer;
  observer = listener;
  try {
    return body();
  } finally {
    observer = before;
  }
}

/** What a listener is told of an op's backward: what arrived, and what it gives each input. */
type BackwardObserver = (
  op: string,
  inputs: readonly Tensor[],
  dy: Tensor,
  gradients: readonly (Tensor | null)[],
) => void;

let backwardObserver: BackwardObserver | null = null;

/** Runs a function and is told of every op whose backward runs in it, in order. */
export function observeBackward<T>(listener: BackwardObserver, body: () => T): T {
  const before = backwardObserver;
  backwardObserver = listener;
  try {
    return body();
  } finally {
    backwardObserver = before;
  }
}

/** Whether an op on these inputs is remembered. Else nothing need be made that a gradient alone would read. */
export function isRecorded(inputs: readonly Tensor[]): boolean {
  return gradEnabled && inputs.some((t) => t.requiresGrad);
}

const shapeText = ({ shape, dtype }: Tensor): string => `${formatShape(shape)}${dtype === 'f32' ? '' : ` ${dtype}`}`;

const isList = (x: Tensor | readonly Tensor[]): x is readonly Tensor[] => Array.isArray(x);

/** Runs an op; when an input requires a gradient, its output does too and remembers how to pass it on. */
export function apply<Args, Saved>(op: Op<Args, Saved>, given: readonly Tensor[], args: Args): Tensor {
  const cast = inputRule === null ? given : inputRule(op.precision, given);
  const ruled = opRule === null ? cast : opRule(op.name, cast, args);
  if (!isList(ruled)) return ruled;
  const inputs = ruled;
  const { output, saved } = op.forward(inputs, args);
  const { backward } = op;
  observer?.(op.name, inputs, output, args);
  if (isAsked(op.name)) remark(`op ${op.name}: ${inputs.map(shapeText).join(', ')} -> ${shapeText(output)}`);
  if (isRecorded(inputs)) {
    output.requiresGrad = true;
    const node: Node = {
      name: op.name,
      inputs,
      backward: (dy, needs, into) => {
        if (backward === noGradient) throw new UsageError(`[${op.name}] has no gradient`);
        const gradients = backward(dy, saved, args, needs, into);
        backwardObserver?.(op.name, inputs, dy, gradients);
        return gradients;
      },
    };
    output.node = node;
  }
  return output;
}
