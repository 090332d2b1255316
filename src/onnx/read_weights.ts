/** The weights of an ONNX file by name, for a network of Weft's. */
import type { RawTensor } from '../nn/state/raw_tensor.js';
import { NORMALIZATION, normalizationOf, type OnnxNormalization } from './normalization.js';
import { parseOnnx } from './parse_onnx.js';

/** Types of weights. */
const FLOATS: ReadonlySet<string> = new Set(['F32', 'F16', 'BF16', 'F64']);

/**
 * All weights with the names that the file gives them: those of torchvision, where its exporter has kept them (it gives
 * other names to what it folds together).
 * @throws ModelError for a damaged file.
 */
export function readOnnxWeights(
  bytes: Uint8Array,
  file: string,
): { readonly tensors: Map<string, RawTensor>; readonly normalization: OnnxNormalization | null } {
  const onnx = parseOnnx(bytes, file);
  const tensors = [...onnx.graph.initializers].filter(
    ([name, { dtype }]) => FLOATS.has(dtype) && !name.startsWith(NORMALIZATION),
  );
  return { tensors: new Map(tensors), normalization: normalizationOf(onnx, file) };
}
