/**
 * ONNX files, out and in: `import { exportOnnx, readOnnxModel } from 'weftgrad/onnx'`. No file is opened here: bytes
 * come and go, in a page as in Node.
 */
export { exportGraph, exportOnnx, type GraphOptions, type OnnxFileOptions, type OnnxOptions } from './export_onnx.js';
export type { OnnxPrecision } from './graph_builder.js';
export type { OnnxNormalization } from './normalization.js';
export type { OnnxModule } from './read/onnx_module.js';
export { readOnnxModel, type ReadOnnxModel } from './read/read_onnx_model.js';
export { readOnnxWeights } from './read_weights.js';
