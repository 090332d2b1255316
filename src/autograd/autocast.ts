/**
 * Mixed precision, after torch.autocast: inside `autocast(() => …)` activations are stored as f16, which halves their
 * memory, and sums are still made in f32. Each op's record says what it takes and gives; parameters are f32 for
 * all of them, and so are their gradients. Only ops that run inside are affected; their backward follows the types that
 * forward left.
 */
import { sameShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { withInputRule, type Precision } from './graph.js';
import { cast } from './ops/elementwise/cast.js';

const full = (x: Tensor): Tensor => (x.dtype === 'f16' ? cast(x, 'f32') : x);

/** What an op is given inside `autocast` instead of these inputs. */
function inputsFor(c: Precision | undefined, inputs: readonly Tensor[]): readonly Tensor[] {
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
