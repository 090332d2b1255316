/** ONNX files, out and in: `import { exportOnnx } from 'weftgrad/onnx'`. No file is opened here: bytes come and go. */
export {
  exportGraph,
  exportOnnx,
  type GraphOptions,
  type OnnxFileOptions,
  type OnnxNormalization,
  type OnnxOptions,
} from './export_onnx.js';
export { OnnxModule } from './read/onnx_module.js';
export { readOnnxModel, readOnnxWeights, type ReadOnnxModel } from './read/read_onnx_model.js';
