/** A classifier by angle: each class is a direction, and an image belongs to the nearest. */
import { autocastOff } from '../autograd/autocast.js';
import { cast, cosineSimilarity, mul, reshape } from '../autograd/ops/index.js';
import { UsageError } from '../device/errors.js';
import { Conv2d } from './conv.js';
import { headInput, layerAt } from './head_input.js';
import { Linear } from './layers.js';
import type { Module } from './module.js';
import { worded } from '../text/wording.js';

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
  const layer = layerAt(model, head);
  const isPlain =
    layer instanceof Linear ||
    (layer instanceof Conv2d && layer.weight.shape.slice(1).reduce((n, d) => n * d, 1) === layer.weight.shape[1]);
  if (!isPlain)
    throw new UsageError(
      `${head} is neither a linear layer nor a 1x1 convolution: its weights are no directions of classes`,
      { fix: worded`use {loss} supcon or cross-entropy` },
    );
  const [classes] = layer.weight.shape;
  model.forward = (x) => {
    const features = cast(headInput(model, head, x), 'f32'); // `scale` times the rounding of a half would be too much
    return autocastOff(() => mul(cosineSimilarity(features, reshape(layer.weight.value, [classes, -1])), scale));
  };
  return model;
}
