/**
 * What the layers of a network take and give while it runs; most of all what it says just before its last one: the
 * features of an image.
 */
import { mean } from '../autograd/ops/index.js';
import { ModelError } from '../device/errors.js';
import { Tensor } from '../tensor/tensor.js';
import type { AnyModule, Module } from './module.js';
import { worded } from '../text/wording.js';

/**
 * Runs a model and returns what reached its head (N, D), as torchvision's `create_feature_extractor` does with the node
 * before it. A head that is a convolution is given a map (N, D, H, W): its mean over the image is returned. The head's
 * own work is not done.
 * @param head path of the layer that gives the logits (ModelSpec.head).
 */
export function headInput(model: Module, head: string, x: Tensor): Tensor {
  return overImage(watch(layerAt(model, head), model, x, (features) => features).input);
}

/** Runs a model once and returns what reached its head, as headInput does, and what the model says. */
export function withHeadInput(
  model: Module,
  head: string,
  x: Tensor,
): { readonly features: Tensor; readonly logits: Tensor } {
  const { input, result } = watch(layerAt(model, head), model, x);
  return { features: overImage(input), logits: result };
}

/**
 * Runs a model without its head and returns what would have reached it, (N, D): the head's own work is not done.
 * @param head path of the layer that gives the logits, a Linear.
 * @throws ModelError when the head is not the last thing that the model does: then its input does not decide the logits
 * alone.
 */
export function withoutHead(model: Module, head: string, x: Tensor): Tensor {
  const { input, result } = watch(layerAt(model, head), model, x, (features) => features);
  if (result !== input)
    throw new ModelError(`[withoutHead] ${head} is not the last layer of this model`, {
      fix: worded`use {fusedLoss} off`,
    });
  return input;
}

/**
 * Runs a model and returns what one of its layers made (N, D); of a map (N, D, H, W) the mean over the image. @throws
 * ModelError when there is no such layer, or it makes something else.
 */
export function layerOutput(model: Module, path: string, x: Tensor): Tensor {
  const { output } = watch(layerAt(model, path), model, x);
  if (!(output instanceof Tensor) || (output.rank !== 2 && output.rank !== 4))
    throw new ModelError(`[layerOutput] ${path} makes no vector or map for each image`, {
      fix: 'name another layer: weft summary lists them',
    });
  return overImage(output);
}

/** The layer at a path. @throws ModelError when the path is of no layer. */
export function layerAt(model: Module, path: string): Module {
  const layer = [...model.namedModules()].find(([name]) => name === path)?.[1] as Module | undefined;
  if (layer === undefined)
    throw new ModelError(`[headInput] the model has no layer ${path}`, {
      fix: `its layers are ${[...model.children()].map(([name]) => name).join(', ')}`,
    });
  return layer;
}

function overImage(features: Tensor): Tensor {
  return features.rank === 4 ? mean(features, { dim: [2, 3] }) : features;
}

interface Watched {
  /** The layer's first argument and its result, the last time that it was called. */
  readonly input: Tensor;
  readonly output: unknown;
  /** The model's. */
  readonly result: Tensor;
}

/**
 * Runs a model and watches one of its layers. @param instead what the layer does this once; default what it always
 * does.
 */
function watch(layer: Module, model: Module, x: Tensor, instead?: Module['forward']): Watched {
  const seen: Omit<Watched, 'result'>[] = [];
  const forward = instead ?? (layer.forward.bind(layer) as Module['forward']);
  layer.forward = (...inputs) => {
    const output = forward(...inputs);
    seen.push({ input: inputs[0], output });
    return output;
  };
  try {
    // the class's own: vector_head.ts gives a model another
    const result = (Object.getPrototypeOf(model) as Module).forward.call(model, x);
    return { ...seen[seen.length - 1], result };
  } finally {
    delete (layer as Partial<AnyModule>).forward; // the class's own again
  }
}
