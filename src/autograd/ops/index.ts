/** All differentiable functions. */
export * from './argmax.js';
export * from './conv2d.js';
export * from './cross_entropy.js';
export * from './dropout.js';
export * from './elementwise.js';
export * from './losses.js';
export * from './matmul.js';
export * from './movement.js';
export * from './pool2d.js';
export * from './reduce.js';
export * from './softmax.js';
export * from './statistics.js';
export * from './where.js';
