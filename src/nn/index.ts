/** Modules, layers and models. */
export * from './layers.js';
export * from './recurrent.js';
export { Sequential } from './sequential.js';
export * from './containers.js';
export * from './losses.js';
export { Embedding } from './embedding.js';
export { loadStateDict, Module } from './module.js';
export type { LoadOptions, LoadReport, StateDict } from './state/state_dict.js';
export { findNonFinite, type NonFinite } from './state/finite.js';
export { StateBuffer } from './buffer.js';
export * from './norm.js';
export * from './instance_norm.js';
export * from './transformer/multihead_attention.js';
export { Parameter } from './parameter.js';
export * as init from './init.js';
export * as functional from './functional.js';
export { captureInference, type Folding, type Inference } from './capture_inference.js';
export { freeze, matchKeys } from './freeze.js';
export { summarize, type LayerSummary, type ModelSummary } from './summary.js';
export {
  MODELS,
  SMALL_MODELS,
  buildModel,
  createModel,
  defineModel,
  models,
  modelSpec,
  type ModelDefinition,
  type ModelInput,
  type ModelSpec,
} from './models/registry.js';
export { MLP } from './models/mlp.js';
export { LeNet5 } from './models/lenet5.js';
export { CNN } from './models/cnn.js';
export { FashionNet } from './models/fashionnet.js';
export { AlexNet } from './models/alexnet.js';
export { VGG } from './models/vgg.js';
export { GoogLeNet } from './models/googlenet.js';
export { ResNet, type ResNetOptions } from './models/resnet.js';
export { CifarResNet } from './models/cifar_resnet.js';
export { WideResNet } from './models/wide_resnet.js';
export { SqueezeNet } from './models/squeezenet.js';
export { MobileNetV3 } from './models/mobilenet_v3.js';
export { EfficientNet } from './models/efficientnet.js';
export { RegNet } from './models/regnet.js';
export { DenseNet } from './models/densenet.js';
export { ConvNeXt } from './models/convnext.js';
export { VisionTransformer } from './models/vit.js';
export { LSTMClassifier } from './models/lstm.js';
export { reparameterize, Vae, type Posterior, type VaeOutput, type VaeSizes } from './vae/vae.js';
export { MlpVae } from './vae/mlp_vae.js';
export { ConvVae } from './vae/conv_vae.js';
export { Discriminator } from './vae/discriminator.js';
export { AlignedVaes, type AlignedLossParts } from './vae/aligned_vaes.js';
export { vaeLoss, vaeLossParts } from './vae/loss.js';
export { VAE_LOSSES, type VaeLoss } from './vae/loss_names.js';
