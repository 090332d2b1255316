/**
 * A trial makes a family's problem concrete: random inputs, the kernels' answer and the reference's. The tuner and the
 * benchmark let every candidate prove itself on it before they time it.
 */
import type { HostTensor } from './host_tensor.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Choice, Family } from './family.js';

export interface Trial {
  /** Shape and numbers of each input. */
  readonly inputs: readonly HostTensor[];
  /** Runs one member of the family. */
  readonly gpu: (inputs: readonly Tensor[], choice: Choice) => Tensor;
  /** The answer of the reference loops. */
  readonly cpu: (inputs: readonly HostTensor[]) => HostTensor;
  /** Largest difference allowed, relative to the largest magnitude of the reference. */
  readonly tolerance: number;
  /** Floating-point operations of one run. */
  readonly flops: number;
  /** Bytes read and written at least. */
  readonly bytes: number;
}

/** Methods, as in `Family`, so that `TRIALS` can list trials of all kinds. */
export interface FamilyTrials<P> {
  readonly family: Family<P>;
  /** The trial of a problem. */
  trial(problem: P): Trial;
  /**
   * A smaller problem of the same kind for which the reference loops take well under a second: what is validated when
   * `problem` is large.
   */
  small(problem: P): P;
  /** Problems that training meets, for the benchmark. */
  readonly examples: readonly P[];
  /**
   * How problems are written on the command line, e.g. `MxKxN`: letters, and both ways. Without it a problem cannot be
   * asked for.
   */
  readonly sizes?: {
    readonly letters: string;
    problem(sizes: readonly number[]): P;
    text(problem: P): string;
  };
}
