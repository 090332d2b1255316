/** Heads that are a vector of weights for each class, whatever the layer is called that holds them. */
import { autocastOff } from '../autograd/autocast.js';
import { cast, cosineSimilarity, linear, mul, reshape } from '../autograd/ops/index.js';
import { UsageError } from '../device/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { worded, type Text } from '../text/wording.js';
import { Conv2d } from './conv.js';
import { headInput, layerAt } from './head_input.js';
import { Linear } from './layers.js';
import type { Module } from './module.js';

/** A head's weights (C, D) and bias (C). */
interface HeadRows {
  readonly weight: () => Tensor;
  readonly bias: () => Tensor | null;
}

/**
 * The weights of a head that is a Linear (C, D), or a convolution of one pixel (C, D, 1, 1).
 * @param head path of the layer that gives the logits (ModelSpec.head).
 * @throws UsageError for another kind of head.
 */
function headRows(model: Module, head: string, fix: Text): HeadRows {
  const layer = layerAt(model, head);
  const isPlain =
    layer instanceof Linear ||
    (layer instanceof Conv2d && layer.weight.shape.slice(1).reduce((n, d) => n * d, 1) === layer.weight.shape[1]);
  if (!isPlain)
    throw new UsageError(
      `${head} is neither a linear layer nor a 1x1 convolution: its weights are no directions of classes`,
      { fix },
    );
  const [classes] = layer.weight.shape;
  return { weight: () => reshape(layer.weight.value, [classes, -1]), bias: () => layer.bias?.value ?? null };
}

/**
 * Gives a model other logits from now on, in training and in evaluation: `scale` times the cosines of the angles
 * between what reaches its head (N, D) and the rows of the head's weights (C, D). Where the head is a 1x1 convolution
 * (C, D, 1, 1), as SqueezeNet's, the mean of the map over the image is compared; what follows the head is left out. The
 * head's bias, if it has one, is not used. The parameters and their names stay, so the weights are those of the same
 * architecture.
 * @param head path of the layer that gives the logits (ModelSpec.head).
 * @throws UsageError for another kind of head.
 */
export function useCosines(model: Module, head: string, scale: number): Module {
  const { weight } = headRows(model, head, worded`use {loss} supcon or cross-entropy`);
  model.forward = (x) => {
    const features = cast(headInput(model, head, x), 'f32'); // `scale` times the rounding of a half would be too much
    return autocastOff(() => mul(cosineSimilarity(features, weight()), scale));
  };
  return model;
}

/**
 * Gives a model other logits from now on, in training and in evaluation: of what reaches its head (N, D), of a map the
 * mean over the image, times the head's weights, and its bias. What follows the head is left out: of SqueezeNet the
 * ReLU, with which its logits are no linear function of its features. The parameters and their names stay.
 * @throws UsageError for a head that is neither a Linear nor a 1x1 convolution.
 */
export function useLinear(model: Module, head: string): Module {
  const { weight, bias } = headRows(model, head, worded`use a model whose head is one: weft summary shows it`);
  model.forward = (x) => linear(headInput(model, head, x), weight(), bias());
  return model;
}
