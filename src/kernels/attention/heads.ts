/** The operands of attention: matrices of heads inside tensors, and the kernels' words for where they lie. */
import type { Tensor } from '../../tensor/tensor.js';

/** Matrices in a tensor. That of head h of item b begins at offset + b item + h head; rows are `row` apart. */
export interface Heads {
  readonly tensor: Tensor;
  /** In elements. */
  readonly offset: number;
  readonly item: number;
  readonly head: number;
  readonly row: number;
}

/** Sizes of an attention: `items` of `heads` heads each; q (L, E), k (S, E), v (S, F). */
export interface AttentionSizes {
  readonly items: number;
  readonly heads: number;
  readonly L: number;
  readonly S: number;
  readonly E: number;
  readonly F: number;
}

/** What is added to the scores: a tensor, and its strides. */
export interface Mask {
  readonly tensor: Tensor;
  readonly strides: readonly [item: number, head: number, query: number, key: number];
}

/** What decides the numbers beside the operands. */
export interface AttentionSettings {
  readonly scale: number;
  readonly causal: boolean;
  readonly mask: Mask | null;
}

/** The matrices of a tensor (items, heads, rows, width), one behind the other. */
export function separateHeads(tensor: Tensor, heads: number, rows: number, width: number): Heads {
  return { tensor, offset: 0, item: heads * rows * width, head: rows * width, row: width };
}

/** Part `part` of `parts` of a tensor (items, rows, parts, heads, width): heads beside each other in each row. */
export function packedHeads(tensor: Tensor, heads: number, rows: number, width: number, part = 0, parts = 1): Heads {
  const row = parts * heads * width;
  return { tensor, offset: part * heads * width, item: rows * row, head: width, row };
}

/** Whether all rows of all operands can be read by fours. */
export const inFours = (operands: readonly Heads[]): boolean =>
  operands.every(({ offset, item, head, row }) => [offset, item, head, row].every((n) => n % 4 === 0));

export const placeOf = ({ offset, item, head, row }: Heads): number[] => [offset, item, head, row];
