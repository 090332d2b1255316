/** Clipping of a model's gradients between `backward` and `step`, as in torch.nn.utils. Everything stays on the GPU. */
import { UsageError } from '../device/errors.js';
import * as kernels from '../kernels/optimizer/clip_and_average.js';
import type { AnyModule } from '../nn/module.js';
import type { Tensor } from '../tensor/tensor.js';

function checkLimit(what: string, limit: number): void {
  if (!(limit > 0)) throw new UsageError(`${what} ${limit} is not a number above 0`, { fix: 'e.g. 1' });
}

/**
 * Scales all gradients by min(1, maxNorm / (norm + 1e-6)), norm being the Euclidean norm of all of them together.
 * @returns the norm before, of shape (), which need not be read.
 */
export function clipGradNorm_(model: AnyModule, maxNorm: number): Tensor {
  checkLimit('maxNorm', maxNorm);
  return kernels.clipGradNorm_(model.memory.grads, maxNorm);
}

/** Keeps every gradient between -limit and limit. */
export function clipGradValue_(model: AnyModule, limit: number): void {
  checkLimit('limit', limit);
  kernels.clipGradValue_(model.memory.grads, limit);
}
