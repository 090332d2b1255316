/** What a network says before its last layer, or after another one: the features of an image. */
import { mean } from '../autograd/ops/index.js';
import { ModelError } from '../device/errors.js';
import { Tensor } from '../tensor/tensor.js';
import type { AnyModule, Module } from './module.js';

/**
 * Runs a model and returns what reached its head (N, D), as torchvision's `create_feature_extractor` does with the node before it. A head
 * that is a convolution is given a map (N, D, H, W): its mean over the image is returned.
 * @param head path of the layer that gives the logits (ModelSpec.head).
 */
export function headInput(model: Module, head: string, x: Tensor): Tensor {
  return overImage(watch(layerAt(model, head), () => model.forward(x)).input);
}

/** Runs a model and returns what one of its layers made (N, D); of a map (N, D, H, W) the mean over the image. @throws ModelError when there is no such layer, or it makes something else. */
export function layerOutput(model: Module, path: string, x: Tensor): Tensor {
  const { output } = watch(layerAt(model, path), () => model.forward(x));
  if (!(output instanceof Tensor) || (output.rank !== 2 && output.rank !== 4)) throw new ModelError(`[layerOutput] ${path} makes no vector or map for each image`, { fix: 'name another layer: weft summary lists them' });
  return overImage(output);
}

function overImage(features: Tensor): Tensor {
  return features.rank === 4 ? mean(features, { dim: [2, 3] }) : features;
}

function layerAt(model: Module, path: string): Module {
  const layer = [...model.namedModules()].find(([name]) => name === path)?.[1] as Module | undefined;
  if (layer === undefined) throw new ModelError(`[headInput] the model has no layer ${path}`, { fix: `its layers are ${[...model.children()].map(([name]) => name).join(', ')}` });
  return layer;
}

/** The first argument and the result of a layer's forward, the last time that `run` called it. */
function watch(layer: Module, run: () => unknown): { readonly input: Tensor; readonly output: unknown } {
  const seen: { input: Tensor; output: unknown }[] = [];
  const forward = layer.forward.bind(layer) as Module['forward'];
  layer.forward = (...inputs) => {
    const output = forward(...inputs);
    seen.push({ input: inputs[0], output });
    return output;
  };
  try {
    run();
  } finally {
    delete (layer as Partial<AnyModule>).forward; // the class's own again
  }
  return seen[seen.length - 1];
}
