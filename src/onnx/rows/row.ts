/** What a row of the table of ops is given, and gives. */
import { UsageError } from '../../device/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { GraphBuilder } from '../graph_builder.js';
import type { Size } from '../trace.js';

/** An op of the network, to be written in ONNX. Names are of values of the graph. */
export interface Call {
  readonly op: string;
  readonly inputs: readonly string[];
  /** Of each input, with two samples. */
  readonly shapes: readonly (readonly number[])[];
  /** Of the output. */
  readonly shape: readonly Size[];
  readonly args: unknown;
  /** The name of a tensor among the args. */
  readonly within: (t: Tensor) => string;
  /** The numbers of an input that is a weight. @throws UsageError where it is computed. */
  readonly numbers: (input: number) => Float32Array;
  /** The state-dict key of an input that is a weight; its number otherwise. */
  readonly key: (input: number) => string;
}

/** Writes an op in ONNX and gives the name of its output. */
export type Row = (b: GraphBuilder, call: Call) => string;

/** Rows by the names of Weft's ops. */
export type Rows = Readonly<Record<string, Row>>;

/** @throws UsageError that names the op. */
export function refuse(op: string, why: string, fix = 'export the network as safetensors'): never {
  throw new UsageError(`[exportOnnx] op ${op}: ${why}`, { fix });
}

/** The name of an activation of an op that applies one itself. */
export function activated(b: GraphBuilder, y: string, activation: string | null | undefined): string {
  if (activation === null || activation === undefined) return y;
  return b.node(`${activation[0].toUpperCase()}${activation.slice(1)}`, [y]);
}
