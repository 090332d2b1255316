/**
 * Activation checkpointing (Chen et al. 2016, "Training deep nets with sublinear memory cost"): a part of a network
 * keeps its input alone, and is computed again when the gradients come to it. Memory for time, as
 * torch.utils.checkpoint.
 */
import { replayable } from '../kernels/random/random.js';
import type { Tensor } from '../tensor/tensor.js';
import { gradientAt } from './backward.js';
import { detach } from './detach.js';
import { isRecorded, noGrad, withPresentInputRule } from './graph.js';
import type { Node } from './node.js';

let recomputing = false;

/** Whether a part is computed again: what it moves beside its result (running statistics) has been moved already. */
export function isRecomputing(): boolean {
  return recomputing;
}

function again<T>(body: () => T): T {
  const before = recomputing;
  recomputing = true;
  try {
    return body();
  } finally {
    recomputing = before;
  }
}

/**
 * body(x), whose intermediates are not kept: backward computes them again, with the random numbers of the first time.
 * Results and gradients are the same, bit for bit. Inside of `device.step`, where memory lies by how long it is used.
 * @param parameters the leaves that `body` reads besides x: their gradients are added up as always.
 */
export function checkpoint(body: (x: Tensor) => Tensor, x: Tensor, parameters: readonly Tensor[] = []): Tensor {
  if (!isRecorded([x, ...parameters])) return body(x);
  const inPresentRule = withPresentInputRule();
  const { result, replay } = replayable(x.device, () => noGrad(() => body(x)));
  const output = detach(result); // a body that hands back its input hands back a tensor with a node of its own
  output.requiresGrad = true;
  const node: Node = {
    name: 'checkpoint',
    inputs: [x],
    backward: (dy, [needed]) => {
      const input = detach(x);
      input.requiresGrad = true;
      const y = again(() => replay(() => inPresentRule(() => body(input))));
      return [gradientAt(y, dy, input, needed)];
    },
  };
  output.node = node;
  return output;
}
