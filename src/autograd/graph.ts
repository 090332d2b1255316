/**
 * Reverse-mode differentiation. A differentiable op is one record: forward beside backward, and what is saved between
 * them. `apply` runs the forward and leaves a node on the output; `backward` walks the nodes from the loss to the
 * leaves.
 */
import { ShapeError, UsageError } from '../device/errors.js';
import { add_ } from '../kernels/elementwise/accumulate.js';
import { binary } from '../kernels/elementwise/binary.js';
import { cast, type FloatType } from '../kernels/elementwise/cast.js';
import { formatShape, sameShape } from '../tensor/shape.js';
import { constant, empty, view, type GraphNode, type Tensor } from '../tensor/tensor.js';

/**
 * For each input of an op: where its gradient may be written, or null. The memory holds zeros, which need not be kept.
 */
export type Destinations = readonly (Tensor | null)[];

/** Written in place of a backward: asking for this op's gradient is an error that names it. */
export const noGradient = Symbol('no gradient');

/**
 * @typeParam Args what else the op takes besides tensors.
 * @typeParam Saved what forward leaves for backward.
 */
export interface Op<Args, Saved> {
  readonly name: string;
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

/** Declares a differentiable op and enters it into the list that tests walk. */
export function defineOp<Args, Saved>(op: Op<Args, Saved>): Op<Args, Saved> {
  if (registry.has(op.name)) throw new Error(`op ${op.name} is declared twice`);
  registry.set(op.name, op as unknown as Op<never, never>);
  return op;
}

/** Names of all ops declared so far, and whether they have a gradient. */
export function ops(): { name: string; differentiable: boolean }[] {
  return [...registry.values()].map((op) => ({ name: op.name, differentiable: op.backward !== noGradient }));
}

interface Node extends GraphNode {
  readonly backward: (dy: Tensor, needs: readonly boolean[], into: Destinations) => readonly (Tensor | null)[];
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
export type InputRule = (op: string, inputs: readonly Tensor[]) => readonly Tensor[];

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

type Observer = (op: string, inputs: readonly Tensor[], output: Tensor) => void;

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

/** Runs an op; when an input requires a gradient, its output does too and remembers how to pass it on. */
export function apply<Args, Saved>(op: Op<Args, Saved>, given: readonly Tensor[], args: Args): Tensor {
  const inputs = inputRule === null ? given : inputRule(op.name, given);
  const { output, saved } = op.forward(inputs, args);
  const { backward } = op;
  observer?.(op.name, inputs, output);
  if (gradEnabled && inputs.some((t) => t.requiresGrad)) {
    output.requiresGrad = true;
    const node: Node = {
      name: op.name,
      inputs,
      backward: (dy, needs, into) => {
        if (backward === noGradient) throw new UsageError(`[${op.name}] has no gradient`);
        return backward(dy, saved, args, needs, into);
      },
    };
    output.node = node;
  }
  return output;
}

/** Every tensor that `root` was computed from and that requires a gradient, each before its inputs. */
function reverseOrder(root: Tensor): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  const stack: { tensor: Tensor; next: number }[] = [{ tensor: root, next: 0 }];
  seen.add(root);
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const inputs = top.tensor.node?.inputs ?? [];
    if (top.next < inputs.length) {
      const input = inputs[top.next++];
      if (input.requiresGrad && !seen.has(input)) {
        seen.add(input);
        stack.push({ tensor: input, next: 0 });
      }
    } else {
      order.push(top.tensor);
      stack.pop();
    }
  }
  return order.reverse();
}

/**
 * Adds d loss / d leaf to `grad` of every leaf that requires it.
 * @param seed d loss / d root, of root's shape and dtype; may be left out when root is a single number.
 * @throws ShapeError when root has more than one element and no seed is given.
 */
export function backward(root: Tensor, seed?: Tensor): void {
  if (!root.requiresGrad)
    throw new UsageError('[backward] nothing that this tensor was computed from requires a gradient', {
      fix: 'set requiresGrad on the leaves, and do not compute it inside noGrad',
    });
  if (seed === undefined && root.size !== 1) {
    throw new ShapeError(`[backward] a tensor of shape ${formatShape(root.shape)} needs a seed of its shape`, {
      fix: 'reduce it to one number, e.g. with mean',
    });
  }
  if (seed !== undefined && !sameShape(seed.shape, root.shape)) {
    throw new ShapeError(
      `[backward] the seed ${formatShape(seed.shape)} must have the shape of the tensor, ${formatShape(root.shape)}`,
    );
  }
  if (seed !== undefined && seed.dtype !== root.dtype)
    throw new ShapeError(`[backward] the seed is ${seed.dtype}, the tensor ${root.dtype}`, {
      fix: 'cast one of the two',
    });
  const youngest = empty(root.device, []).storage.id; // everything allocated from here on belongs to this walk
  const gradients = new Map<Tensor, Tensor>([
    [root, seed ?? cast(view(constant(root.device, 1), root.shape), root.dtype as FloatType)],
  ]);
  for (const tensor of reverseOrder(root)) {
    const dy = gradients.get(tensor);
    gradients.delete(tensor);
    if (dy === undefined) continue;
    const node = tensor.node as Node | null;
    if (node === null) {
      accumulate(tensor, dy);
    } else {
      const needs = node.inputs.map((t) => t.requiresGrad);
      const into = destinations(node, gradients);
      node.backward(dy, needs, into).forEach((d, i) => {
        if (d === null || !needs[i]) return;
        const input = node.inputs[i];
        if (d.dtype !== input.dtype)
          throw new Error(`[${node.name}] the gradient of input ${i} is ${d.dtype}, the input ${input.dtype}`);
        if (isAt(d, into[i])) zeroed.delete(input);
        const before = gradients.get(input);
        if (before === undefined) gradients.set(input, d);
        else if (isAt(before, input.grad)) add_(before, d);
        else gradients.set(input, binary('add', before, d));
      });
    }
    // A gradient that has been passed on is needed no more, unless a later one shares its memory (reshape and add pass
    // it through).
    const shared = [...gradients.values()].some((g) => g.storage === dy.storage) || tensor.grad?.storage === dy.storage;
    if (dy.storage.id > youngest && !shared && !dy.storage.isKept) dy.storage.release();
  }
}

function copy(x: Tensor): Tensor {
  const y = empty(x.device, x.shape, x.dtype);
  x.device.copy(x.storage, x.byteOffset, y.storage, 0, Math.ceil(x.byteLength / 4) * 4);
  return y;
}

/**
 * Leaves whose gradient is known to be zero, with the capture that zeroed it: a step that is captured without its
 * zeroing must add to what is there, each time it is replayed.
 */
const zeroed = new WeakMap<Tensor, number>();

/** Notes that a leaf's gradient was set to zero, and nothing was added since. */
export function markZeroed(leaf: Tensor): void {
  zeroed.set(leaf, leaf.device.captureId);
}

/**
 * The gradients of leaves into which this node's backward may write: those that are zero and have nothing on the way to
 * them.
 */
function destinations(node: Node, gradients: ReadonlyMap<Tensor, Tensor>): Destinations {
  return node.inputs.map((t, i) => {
    const isFree = t.requiresGrad && t.node === null && t.grad !== null && zeroed.get(t) === t.device.captureId;
    return isFree && !gradients.has(t) && node.inputs.indexOf(t) === i ? t.grad : null;
  });
}

function isAt(x: Tensor, place: Tensor | null): boolean {
  return place !== null && x.storage === place.storage && x.byteOffset === place.byteOffset;
}

/**
 * Adds to a leaf's gradient, unless it was written there. A leaf without one gets its own memory, which outlives the
 * step.
 */
function accumulate(leaf: Tensor, d: Tensor): void {
  if (isAt(d, leaf.grad)) return;
  zeroed.delete(leaf);
  if (leaf.grad === null) {
    const grad = copy(d);
    leaf.device.keep(grad.storage);
    leaf.grad = grad;
  } else add_(leaf.grad, d);
}
