/** What a network says just before its last layer: the features of an image. */
import { mean } from '../autograd/ops/index.js';
import { ModelError } from '../device/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import type { AnyModule, Module } from './module.js';

/**
 * Runs a model and returns what reached its head (N, D), as torchvision's `create_feature_extractor` does with the node before it. A head
 * that is a convolution is given a map (N, D, H, W): its mean over the image is returned.
 * @param head path of the layer that gives the logits (ModelSpec.head).
 */
export function headInput(model: Module, head: string, x: Tensor): Tensor {
  const layer = headLayer(model, head);
  const forward = layer.forward.bind(layer) as Module['forward'];
  const { input } = watchInput(layer, forward, () => model.forward(x));
  return input.rank === 4 ? mean(input, { dim: [2, 3] }) : input;
}

/**
 * Runs a model without its head and returns what would have reached it, (N, D): the head's own work is not done.
 * @param head path of the layer that gives the logits, a Linear.
 * @throws ModelError when the head is not the last thing that the model does: then its input does not decide the logits alone.
 */
export function withoutHead(model: Module, head: string, x: Tensor): Tensor {
  const { input, result } = watchInput(headLayer(model, head), (features) => features, () => model.forward(x));
  if (result !== input) throw new ModelError(`[withoutHead] ${head} is not the last layer of this model`, { fix: 'use --fused-loss off' });
  return input;
}

/** The layer that gives the logits. @throws ModelError when the path is of no layer. */
export function headLayer(model: Module, head: string): Module {
  const layer = [...model.namedModules()].find(([path]) => path === head)?.[1] as Module | undefined;
  if (layer === undefined) throw new ModelError(`[headInput] the model has no layer ${head}`, { fix: `its layers are ${[...model.children()].map(([name]) => name).join(', ')}` });
  return layer;
}

/** The first argument of a layer's forward, the last time that `run` called it while it was `forward`, and what `run` returned. */
function watchInput(layer: Module, forward: Module['forward'], run: () => Tensor): { readonly input: Tensor; readonly result: Tensor } {
  const seen: Tensor[] = [];
  layer.forward = (...inputs) => {
    seen.push(inputs[0]);
    return forward(...inputs);
  };
  try {
    const result = run();
    return { input: seen[seen.length - 1], result };
  } finally {
    delete (layer as Partial<AnyModule>).forward; // the class's own again
  }
}
