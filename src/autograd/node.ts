/** What `apply` leaves on an op's output for the walk back: its inputs, and how to pass a gradient on to them. */
import type { GraphNode, Tensor } from '../tensor/tensor.js';

/**
 * For each input of an op: where its gradient may be written, or null. The memory holds zeros, which need not be kept.
 */
export type Destinations = readonly (Tensor | null)[];

export interface Node extends GraphNode {
  /** One gradient per input, null where `needs` is false or where the input is not differentiable. */
  readonly backward: (dy: Tensor, needs: readonly boolean[], into: Destinations) => readonly (Tensor | null)[];
}
