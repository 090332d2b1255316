/**
 * What torch.nn.functional offers and needs no Module, under its names: `import { nn } from 'weftgrad';
 * nn.functional.mseLoss(…)`.
 */
export * from '../autograd/ops/elementwise/activations.js';
export {
  avgPool2d,
  binaryCrossEntropyWithLabels,
  binaryCrossEntropyWithLogits,
  conv2d,
  convTranspose1d,
  crossEntropy,
  dropout,
  focalLoss,
  gaussianKl,
  instanceNorm,
  interpolate,
  l1Loss,
  linear,
  logSoftmax,
  maxPool2d,
  maxPool2dWithIndices,
  maxUnpool2d,
  mseLoss,
  nllLoss,
  normalize,
  pad,
  scaledDotProductAttention,
  smoothL1Loss,
  softmax,
} from '../autograd/ops/index.js';
