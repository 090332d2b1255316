/** What the members of the convolution's families are given besides x and w. */
import type { Tensor } from '../../tensor/tensor.js';
import type { FusedActivation } from '../matmul/product.js';

/** What is done to y before it is written: y = activation(convolution + bias + residual). */
export interface Epilogue {
  readonly bias: Tensor | null;
  readonly residual: Tensor | null;
  readonly activation: FusedActivation | null;
  /** Where y is written; default: memory of its own. Without a residual. */
  readonly into?: ChannelSlice;
}

/** Channels of a tensor in fours of channels, from `channel` on, a multiple of 4. */
export interface ChannelSlice {
  readonly whole: Tensor;
  readonly channel: number;
}

/** Nothing. */
export const PLAIN: Epilogue = { bias: null, residual: null, activation: null };

/** Where gradients of parameters may be written: memory of their shape, or null. */
export interface WeightDestinations {
  readonly dw?: Tensor | null;
  readonly dbias?: Tensor | null;
}
