/**
 * Reverse-mode differentiation. A differentiable op is one record: forward beside backward, and what is saved between them.
 * `apply` runs the forward and leaves a node on the output; `backward` walks the nodes from the loss to the leaves.
 */
import { ShapeError, UsageError } from '../device/errors.js';
import { add_ } from '../kernels/accumulate.js';
import { formatShape, sameShape } from '../tensor/shape.js';
import { constant, empty, view, type GraphNode, type Tensor } from '../tensor/tensor.js';

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
   * One gradient per input, null where `needs` is false or where the input is not differentiable. dy has the output's shape, each
   * result its input's.
   */
  readonly backward: ((dy: Tensor, saved: Saved, args: Args, needs: readonly boolean[]) => readonly (Tensor | null)[]) | typeof noGradient;
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
  readonly backward: (dy: Tensor, needs: readonly boolean[]) => readonly (Tensor | null)[];
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

/** Runs an op; when an input requires a gradient, its output does too and remembers how to pass it on. */
export function apply<Args, Saved>(op: Op<Args, Saved>, inputs: readonly Tensor[], args: Args): Tensor {
  const { output, saved } = op.forward(inputs, args);
  const { backward } = op;
  if (gradEnabled && inputs.some((t) => t.requiresGrad)) {
    output.requiresGrad = true;
    const node: Node = {
      name: op.name,
      inputs,
      backward: (dy, needs) => {
        if (backward === noGradient) throw new UsageError(`[${op.name}] has no gradient`);
        return backward(dy, saved, args, needs);
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
 * @param seed d loss / d root, of root's shape; may be left out when root is a single number.
 * @throws ShapeError when root has more than one element and no seed is given.
 */
export function backward(root: Tensor, seed?: Tensor): void {
  if (!root.requiresGrad) throw new UsageError('[backward] nothing that this tensor was computed from requires a gradient', { fix: 'set requiresGrad on the leaves, and do not compute it inside noGrad' });
  if (seed === undefined && root.size !== 1) {
    throw new ShapeError(`[backward] a tensor of shape ${formatShape(root.shape)} needs a seed of its shape`, { fix: 'reduce it to one number, e.g. with mean' });
  }
  if (seed !== undefined && !sameShape(seed.shape, root.shape)) {
    throw new ShapeError(`[backward] the seed ${formatShape(seed.shape)} must have the shape of the tensor, ${formatShape(root.shape)}`);
  }
  const youngest = empty(root.device, []).storage.id; // everything allocated from here on belongs to this walk
  const gradients = new Map<Tensor, Tensor>([[root, seed ?? view(constant(root.device, 1), root.shape)]]);
  for (const tensor of reverseOrder(root)) {
    const dy = gradients.get(tensor);
    gradients.delete(tensor);
    if (dy === undefined) continue;
    const node = tensor.node as Node | null;
    if (node === null) {
      accumulate(tensor, dy);
    } else {
      const needs = node.inputs.map((t) => t.requiresGrad);
      node.backward(dy, needs).forEach((d, i) => {
        if (d === null || !needs[i]) return;
        const input = node.inputs[i];
        const before = gradients.get(input);
        gradients.set(input, before === undefined ? d : sum(before, d));
      });
    }
    // A gradient that has been passed on is needed no more, unless a later one shares its memory (reshape and add pass it through).
    const shared = [...gradients.values()].some((g) => g.storage === dy.storage) || tensor.grad?.storage === dy.storage;
    if (dy.storage.id > youngest && !shared && !dy.storage.isKept) dy.storage.release();
  }
}

function sum(a: Tensor, b: Tensor): Tensor {
  const total = copy(a);
  add_(total, b);
  return total;
}

function copy(x: Tensor): Tensor {
  const y = empty(x.device, x.shape);
  x.device.copy(x.storage, x.byteOffset, y.storage, 0, x.size * 4);
  return y;
}

/** Adds to a leaf's gradient. A leaf without one gets its own memory, which outlives the step. */
function accumulate(leaf: Tensor, d: Tensor): void {
  if (leaf.grad === null) {
    leaf.grad = copy(d);
    leaf.device.keep(leaf.grad.storage);
  } else add_(leaf.grad, d);
}
