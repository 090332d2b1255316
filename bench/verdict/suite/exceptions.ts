/** Pipelines that a card's compiler may make badly, and why that is no fault. */

export interface Exception {
  /** Of a pipeline's label: the kernel's name, its constants, and what it is specialised with. */
  readonly pipeline: RegExp;
  readonly reason: string;
  /** Only where nothing is kept in memory. */
  readonly isMemoryFree?: boolean;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    pipeline: /^((lstm|gru|rnn)_(sequence|step)|attention_subgroup)\w*\|.*\bS:(4|8|16)u/,
    reason: 'for subgroups of 4, 8 or 16: cards whose subgroups have 32 or 64 lanes are never given it',
  },
  {
    pipeline: /\|as it stands$/,
    reason: 'compiled by a test as it stands in its file, with sizes that no launch on a GPU has (subgroups of 8)',
  },
  {
    pipeline: /_matrix_emulated\|/,
    reason: 'plain loops in the place of matrix units, for adapters without them',
  },
  {
    pipeline: /^thin_(forward|backward_input)_(register|subgroup)\|/,
    reason:
      'scalar registers that do not suffice for the masks of a window are kept in lanes of a vector register, no ' +
      'memory is used; on GPUs a candidate of the tuner beside the tiles, and not the default',
    isMemoryFree: true,
  },
];

/** @param scratch bytes of memory in the place of registers. */
export function exceptionFor(label: string, scratch: number): Exception | undefined {
  return EXCEPTIONS.find((e) => e.pipeline.test(label) && (e.isMemoryFree !== true || scratch === 0));
}
