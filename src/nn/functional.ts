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
  maxPool2dWithIndices,
  maxUnpool2d,
  mseLoss,
  nllLoss,
  normalize,
  pad,
  relu,
  selu,
  sigmoid,
  silu,
  smoothL1Loss,
  softmax,
  softplus,
  tanh,
} from '../autograd/ops/index.js';
