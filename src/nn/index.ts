/** Modules, layers and models. */
export * from './layers.js';
export * from './recurrent.js';
export { Sequential } from './sequential.js';
export { Embedding } from './embedding.js';
export { Module } from './module.js';
export { StateBuffer } from './buffer.js';
export * from './norm.js';
export { Parameter } from './parameter.js';
export * as init from './init.js';
export * as functional from './functional.js';
export { MODELS, buildModel, type ModelInput, type ModelSpec } from './models/registry.js';
export { MLP } from './models/mlp.js';
export { LeNet5 } from './models/lenet5.js';
export { CNN } from './models/cnn.js';
export { SqueezeNet } from './models/squeezenet.js';
export { LSTMClassifier } from './models/lstm.js';
