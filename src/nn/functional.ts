/**
 * What torch.nn.functional offers and needs no Module, under its names: `import { nn } from 'weftgrad';
 * nn.functional.mseLoss(…)`.
 */
export {
  avgPool2d,
  binaryCrossEntropyWithLogits,
  conv2d,
  crossEntropy,
  dropout,
  elu,
  gaussianKl,
  gelu,
  hardtanh,
  l1Loss,
  leakyRelu,
  linear,
  logSoftmax,
  maxPool2d,
  mseLoss,
  nllLoss,
  normalize,
  relu,
  scaledDotProductAttention,
  selu,
  sigmoid,
  silu,
  smoothL1Loss,
  softmax,
  softplus,
  tanh,
} from '../autograd/ops/index.js';
