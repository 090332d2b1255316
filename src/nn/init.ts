/** Initial values of parameters. */
import { normal_, uniform_ } from '../kernels/random.js';
import type { Initializer } from './parameter.js';

/** Uniform in ±1 / sqrt(fanIn): PyTorch's default for the weights and biases of Linear and Conv2d (kaiming_uniform with a = sqrt 5). */
export function uniformFanIn(fanIn: number): Initializer {
  const bound = 1 / Math.sqrt(fanIn);
  return (x) => uniform_(x, -bound, bound);
}

/** All the same number. */
export function constantValue(value: number): Initializer {
  return (x) => x.device.write(x.storage, new Float32Array(x.size).fill(value), x.byteOffset);
}

/** Normal numbers: PyTorch's default for Embedding. */
export function normal(mean = 0, std = 1): Initializer {
  return (x) => normal_(x, mean, std);
}
