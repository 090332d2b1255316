/** All differentiable functions. */
export * from './argmax.js';
export * from './batch_norm.js';
export * from './conv1d.js';
export * from './conv2d.js';
export * from './conv_transpose2d.js';
export * from './cross_entropy.js';
export * from './dropout.js';
export * from './elementwise.js';
export * from './group_norm.js';
export * from './gru.js';
export * from './local_response_norm.js';
export * from './lstm.js';
export * from './matmul.js';
export * from './movement.js';
export * from './pool2d.js';
export * from './reduce.js';
export * from './softmax.js';
