/**
 * The write-in-place optimisation of the walk: an op may write a leaf's gradient where it belongs, in the parameters'
 * flat memory, as long as that is known to hold zeros. It saves one dispatch per parameter, adding it there afterwards;
 * the walk is right without it.
 */
import type { Tensor } from '../tensor/tensor.js';
import type { Destinations, Node } from './node.js';

/**
 * Leaves whose gradient is known to be zero, with the capture that zeroed it: a step that is captured without its
 * zeroing must add to what is there, each time it is replayed.
 */
const zeroed = new WeakMap<Tensor, number>();

/** Notes that a leaf's gradient was set to zero, and nothing was added since. */
export function markZeroed(leaf: Tensor): void {
  zeroed.set(leaf, leaf.device.captureId);
}

/** Notes that something is being added to a leaf's gradient. */
export function forgetZero(leaf: Tensor): void {
  zeroed.delete(leaf);
}

/**
 * The gradients of leaves into which this node's backward may write: those that are zero and have nothing on the way to
 * them.
 */
export function destinations(node: Node, gradients: ReadonlyMap<Tensor, Tensor>): Destinations {
  return node.inputs.map((t, i) => {
    const isFree = t.requiresGrad && t.node === null && t.grad !== null && zeroed.get(t) === t.device.captureId;
    return isFree && !gradients.has(t) && node.inputs.indexOf(t) === i ? t.grad : null;
  });
}

/** Whether a gradient is the very memory of this place. */
export function isAt(x: Tensor, place: Tensor | null): boolean {
  return (
    place !== null &&
    x.home.storage === place.home.storage &&
    x.home.byteOffset === place.home.byteOffset &&
    x.layout === place.layout
  );
}
