/**
 * A trial makes a family's problem concrete: random inputs, the kernels' answer and the reference's. The tuner and the
 * benchmark let every candidate prove itself on it before they time it.
 */
import type { HostTensor } from './host_tensor.js';
import { zeros, tensor, type Tensor } from '../../tensor/tensor.js';
import type { FloatType } from '../elementwise/cast.js';
import type { Device } from '../../device/device.js';
import type { Choice, Family } from './family.js';

export interface Trial {
  /** Shape and numbers of each input. */
  readonly inputs: readonly HostTensor[];
  /** As what they are stored. Default: all f32. Numbers of a trial in halves are halves. */
  readonly dtypes?: readonly FloatType[];
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

/** Of results that are rounded to halves. */
export const HALF_TOLERANCE = 1e-3;

/** A number of [-1, 1] as an input holds it: rounded to f32, or to what a half holds exactly. */
export function inHalf(isHalf: boolean | undefined, value: number): number {
  return isHalf === true ? Math.round(value * 1024) / 1024 : Math.fround(value);
}

/** A trial's inputs on a device. */
export function uploadInputs(device: Device, { inputs, dtypes }: Trial): Tensor[] {
  return inputs.map(({ data, shape }, i) =>
    tensor(device, Float32Array.from(data), { shape, dtype: dtypes?.[i] ?? 'f32' }),
  );
}

/** Tensors of the same shapes and types, all zero. */
export function zeroInputs(device: Device, { inputs, dtypes }: Trial): Tensor[] {
  return inputs.map(({ shape }, i) => zeros(device, shape, dtypes?.[i] ?? 'f32'));
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
