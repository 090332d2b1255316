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
  const layer = [...model.namedModules()].find(([path]) => path === head)?.[1] as Module | undefined;
  if (layer === undefined) throw new ModelError(`[headInput] the model has no layer ${head}`, { fix: `its layers are ${[...model.children()].map(([name]) => name).join(', ')}` });
  const features = watchInput(layer, () => model.forward(x));
  return features.rank === 4 ? mean(features, { dim: [2, 3] }) : features;
}

/** The first argument of a layer's forward, the last time that `run` called it. */
function watchInput(layer: Module, run: () => unknown): Tensor {
  const seen: Tensor[] = [];
  const forward = layer.forward.bind(layer) as Module['forward'];
  layer.forward = (...inputs) => {
    seen.push(inputs[0]);
    return forward(...inputs);
  };
  try {
    run();
  } finally {
    delete (layer as Partial<AnyModule>).forward; // the class's own again
  }
  return seen[seen.length - 1];
}
