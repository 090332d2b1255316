/**
 * The walk: from a loss back to the leaves that it was computed from. Every tensor that has a node hands its gradient
 * to its inputs, each of which waits until all that use it have done so; a leaf keeps what arrives.
 */
import { ShapeError, UsageError } from '../device/errors.js';
import { add_ } from '../kernels/elementwise/accumulate.js';
import { binary } from '../kernels/elementwise/binary.js';
import { cast, type FloatType } from '../kernels/elementwise/cast.js';
import { formatShape, sameShape } from '../tensor/shape.js';
import { constant } from '../tensor/creation.js';
import { empty, view, type Tensor } from '../tensor/tensor.js';
import { destinations, forgetZero, isAt } from './destinations.js';
import type { Node } from './node.js';

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
 * Adds d loss / d leaf to `grad` of every leaf that requires it, and of what lies between where it retains it.
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
  walk(root, seed ?? cast(view(constant(root.device, 1), root.shape), root.dtype as FloatType), null);
}

/**
 * As `backward`, and gives d loss / d input, a leaf below root, in place of adding it to what the leaf has; null where
 * it is not needed or does not reach root.
 */
export function gradientAt(root: Tensor, dy: Tensor, input: Tensor, isNeeded: boolean): Tensor | null {
  input.requiresGrad = isNeeded;
  return root.requiresGrad ? walk(root, dy, input) : null;
}

/** @param stop the gradient of this leaf is handed back. */
function walk(root: Tensor, seed: Tensor, stop: Tensor | null): Tensor | null {
  const youngest = empty(root.device, []).home.storage.id; // everything allocated from here on belongs to this walk
  const gradients = new Map<Tensor, Tensor>([[root, seed]]);
  let stopped: Tensor | null = null;
  for (const tensor of reverseOrder(root)) {
    const dy = gradients.get(tensor);
    gradients.delete(tensor);
    if (dy === undefined) continue;
    if (tensor === stop) {
      stopped = dy;
      continue;
    }
    const node = tensor.node as Node | null;
    if (node === null) {
      accumulate(tensor, dy);
    } else {
      if (tensor.retainsGrad) accumulate(tensor, dy);
      const needs = node.inputs.map((t) => t.requiresGrad);
      const into = destinations(node, gradients);
      node.backward(dy, needs, into).forEach((d, i) => {
        if (d === null || !needs[i]) return;
        const input = node.inputs[i];
        if (d.dtype !== input.dtype)
          throw new Error(`[${node.name}] the gradient of input ${i} is ${d.dtype}, the input ${input.dtype}`);
        if (isAt(d, into[i])) forgetZero(input);
        const before = gradients.get(input);
        if (before === undefined) gradients.set(input, d);
        else if (isAt(before, input.grad)) add_(before, d);
        else gradients.set(input, binary('add', before, d));
      });
    }
    // A gradient that has been passed on is needed no more, unless a later one shares its memory (reshape and add pass
    // it through).
    const held = new Set(
      [...gradients.values(), ...[tensor.grad, stopped].filter((g) => g !== null)].flatMap((g) => g.storages),
    );
    for (const s of dy.storages) if (s.id > youngest && !held.has(s) && !s.isKept) s.release();
  }
  return stopped;
}

function copy(x: Tensor): Tensor {
  const y = empty(x.device, x.shape, x.dtype, x.layout);
  x.device.copy(x.home.storage, x.home.byteOffset, y.home.storage, 0, Math.ceil(x.byteLength / 4) * 4);
  return y;
}

/**
 * Adds to a leaf's gradient, unless it was written there. A leaf without one gets its own memory, which outlives the
 * step. So does a tensor between that retains its gradient.
 */
function accumulate(leaf: Tensor, d: Tensor): void {
  if (isAt(d, leaf.grad)) return;
  forgetZero(leaf);
  if (leaf.grad === null) {
    const grad = copy(d);
    leaf.device.keep(grad.home.storage);
    leaf.grad = grad;
  } else add_(leaf.grad, d);
}
