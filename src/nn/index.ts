/** Modules, layers and models. */
export * from './layers.js';
export { Module } from './module.js';
export { Parameter } from './parameter.js';
export * as init from './init.js';
export * as functional from './functional.js';
export { MODELS, buildModel, type ModelInput, type ModelSpec } from './models/registry.js';
export { MLP } from './models/mlp.js';
export { LeNet5 } from './models/lenet5.js';
export { CNN } from './models/cnn.js';
