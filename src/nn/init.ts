/** Initial values of parameters. */
import { normal_, uniform_ } from '../kernels/random/random.js';
import type { Shape } from '../tensor/shape.js';
import type { AnyModule } from './module.js';
import type { Initializer, Parameter } from './parameter.js';

/**
 * Uniform in ±1 / sqrt(fanIn): PyTorch's default for the weights and biases of Linear and Conv2d (kaiming_uniform with
 * a = sqrt 5).
 */
export function uniformFanIn(fanIn: number): Initializer {
  const bound = 1 / Math.sqrt(fanIn);
  return (x) => uniform_(x, -bound, bound);
}

/** All the same number. */
export function constantValue(value: number): Initializer {
  return (x) => x.write(new Float32Array(x.size).fill(value));
}

/** Normal numbers: PyTorch's default for Embedding. */
export function normal(mean = 0, std = 1): Initializer {
  return (x) => normal_(x, mean, std);
}

/** Weights (O, I, …) that one output sums over (`in`), or that one input goes through (`out`). */
function fan([O, I, ...kernel]: Shape, direction: 'in' | 'out'): number {
  return (direction === 'in' ? I : O) * kernel.reduce((n, d) => n * d, 1);
}

/** Normal with variance 2 / fan: what keeps the size of numbers through layers with ReLU (He et al. 2015). */
export function kaimingNormal(direction: 'in' | 'out' = 'in'): Initializer {
  return (x) => normal_(x, 0, Math.sqrt(2 / fan(x.shape, direction)));
}

/** Uniform with the same variance. */
export function kaimingUniform(direction: 'in' | 'out' = 'in'): Initializer {
  return (x) => {
    const bound = Math.sqrt(6 / fan(x.shape, direction));
    uniform_(x, -bound, bound);
  };
}

/** Uniform with variance 2 / (fan in + fan out), which keeps the size of numbers both ways (Glorot and Bengio 2010). */
export function xavierUniform(): Initializer {
  return (x) => {
    const bound = Math.sqrt(6 / (fan(x.shape, 'in') + fan(x.shape, 'out')));
    uniform_(x, -bound, bound);
  };
}

/**
 * Sets how every layer of a kind below a model starts, its bias with zeros. Call it before the model is put on a
 * device.
 */
export function initLayers(
  model: AnyModule,
  kind: abstract new (...args: never[]) => AnyModule & { readonly weight: Parameter; readonly bias: Parameter | null },
  weight: Initializer,
): void {
  for (const [, layer] of model.namedModules()) {
    if (!(layer instanceof kind)) continue;
    layer.weight.init = weight;
    if (layer.bias !== null) layer.bias.init = constantValue(0);
  }
}
