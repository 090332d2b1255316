/**
 * Mixed precision, after torch.autocast: inside `autocast(() => …)` activations are stored as f16, which halves their
 * memory, and sums are still made in f32. The table below says which op takes and gives what; parameters are f32 for
 * all of them, and so are their gradients. Only ops that run inside are affected; their backward follows the types that
 * forward left.
 */
import { sameShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { withInputRule } from './graph.js';
import { cast } from './ops/cast.js';

/**
 * `half`: products. So many inputs, the first ones, are activations and are cast to f16; what follows (weight, bias)
 * stays as it is. `keep`: what comes as f16 goes on as f16; statistics and parameters stay f32. `same`: as `keep`, but
 * only where both inputs are f16 and of one shape. Every other op computes from f32, and what comes as f16 is cast:
 * softmax, losses, reductions, movements that copy, …
 */
export type PrecisionClass = { readonly half: number } | 'keep' | 'same';

const named = (names: readonly string[], c: PrecisionClass): Record<string, PrecisionClass> =>
  Object.fromEntries(names.map((n) => [n, c]));

/** Class by name of op. */
export const CLASSES: Readonly<Record<string, PrecisionClass>> = {
  conv2d: { half: 1 },
  linear: { half: 1 },
  matmul: { half: 2 },
  // Activations. Not exp, log, square, reciprocal and the like: they leave the range of halves, or need its digits, too
  // easily.
  ...named(
    [
      'neg',
      'abs',
      'relu',
      'leaky_relu',
      'elu',
      'selu',
      'silu',
      'hardtanh',
      'clamp',
      'tanh',
      'sigmoid',
      'gelu',
      'gelu_tanh',
    ],
    'keep',
  ),
  ...named(['add', 'sub', 'mul', 'maximum', 'minimum'], 'same'),
  ...named(
    [
      'cast',
      'reshape',
      'dropout',
      'max_pool2d',
      'max_unpool2d',
      'avg_pool2d',
      'adaptive_max_pool2d',
      'adaptive_avg_pool2d',
      'batch_norm',
    ],
    'keep',
  ),
};

const full = (x: Tensor): Tensor => (x.dtype === 'f16' ? cast(x, 'f32') : x);

/** What an op is given inside `autocast` instead of these inputs. */
function inputsFor(op: string, inputs: readonly Tensor[]): readonly Tensor[] {
  const c = CLASSES[op];
  if (c === undefined) return inputs.map(full);
  if (c === 'keep') return inputs;
  if (c === 'same')
    return inputs.every((x) => x.dtype === 'f16' && sameShape(x.shape, inputs[0].shape)) ? inputs : inputs.map(full);
  return inputs.map((x, i) => (i < c.half && x.dtype === 'f32' ? cast(x, 'f16') : x));
}

/** @throws AdapterError where a product meets an adapter without shader-f16. */
export function autocast<T>(body: () => T): T {
  return withInputRule(inputsFor, body);
}

/** Inside `autocast`, a part whose ops take their inputs as they are, as torch.autocast(enabled=False) does. */
export function autocastOff<T>(body: () => T): T {
  return withInputRule((_, inputs) => inputs, body);
}
