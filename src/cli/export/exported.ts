/** What `weft export` is told and what it makes. */
import type { OnnxPrecision } from '../../onnx/graph_builder.js';
import type { Runtime, Verified } from './runtime.js';

export interface ExportOptions {
  /** Run folder or file. */
  readonly run: string;
  readonly format: 'onnx' | 'safetensors';
  readonly opset: number;
  readonly precision: OnnxPrecision;
  readonly features: boolean;
  /** What files are compared with; null: they are not. */
  readonly runtime: Runtime | null;
}

export interface WrittenFile {
  /** Which network of the run it is; null where there is one. */
  readonly part: string | null;
  readonly bytes: Uint8Array;
  /** In words. */
  readonly about: string;
  readonly verified: Verified | null;
}
