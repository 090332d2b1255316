/** Pipelines that a card's compiler may make badly, and why that is no fault. */

export interface Exception {
  /** Of a pipeline's label: the kernel's name, its constants, and what it is specialised with. */
  readonly pipeline: RegExp;
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [];

export function exceptionFor(label: string): Exception | undefined {
  return EXCEPTIONS.find(({ pipeline }) => pipeline.test(label));
}
