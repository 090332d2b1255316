/** The last layer of a classifier in its graph: what is made anew for other classes. */
import type { OnnxGraph, OnnxNode } from '../messages.js';

/** Nodes that pass on what the head says. */
const PASSING: ReadonlySet<string> = new Set([
  ...['Identity', 'Flatten', 'Reshape', 'Squeeze', 'Dropout', 'Cast', 'Relu', 'GlobalAveragePool', 'AveragePool'],
  ...['ReduceMean', 'Softmax', 'LogSoftmax'],
]);

/** Makes probabilities of logits; a classifier of Weft's gives logits. */
export const PROBABILITIES: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax']);

/** A linear layer or a 1x1 convolution, and how the file writes it. */
export interface Head {
  /** Gemm, MatMul or Conv. */
  readonly node: OnnxNode;
  /** The Add of the bias behind a MatMul. */
  readonly add: OnnxNode | null;
  /** Names of weight and bias among the initializers. */
  readonly weight: string;
  readonly bias: string | null;
  /** Whether the weight is stored (in, out). */
  readonly isTransposed: boolean;
  /** Nodes behind it that make probabilities. */
  readonly probabilities: readonly OnnxNode[];
}

/** @param stored names an initializer that a name stands for, or null. */
export function findHead(graph: OnnxGraph, output: string, stored: (name: string) => string | null): Head | null {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const probabilities: OnnxNode[] = [];
  let node = makers.get(output);
  while (node !== undefined && PASSING.has(node.type)) {
    if (PROBABILITIES.has(node.type)) probabilities.push(node);
    node = makers.get(node.inputs[0]);
  }
  if (node === undefined) return null;
  const number = (from: OnnxNode, name: string): number => {
    const a = from.attributes[name];
    return typeof a === 'number' ? a : typeof a === 'object' && 'float' in a ? a.float : name === 'group' ? 1 : 0;
  };
  if (node.type === 'Gemm' || node.type === 'Conv') {
    const weight = stored(node.inputs[1]);
    const bias = node.inputs[2] === undefined ? null : stored(node.inputs[2]);
    if (weight === null || (node.inputs[2] !== undefined && bias === null)) return null;
    const isConv = node.type === 'Conv';
    const shape = graph.initializers.get(weight)?.shape ?? [];
    if (isConv && !(shape.length === 4 && shape[2] === 1 && shape[3] === 1 && number(node, 'group') === 1)) return null;
    if (isConv && [node.attributes['strides'], node.attributes['pads']].some((a) => !isTrivial(a))) return null;
    if (!isConv && (number(node, 'transA') !== 0 || !hasUnits(node))) return null;
    return { node, add: null, weight, bias, isTransposed: !isConv && number(node, 'transB') === 0, probabilities };
  }
  const add = node.type === 'Add' ? node : null;
  const side = add === null ? -1 : add.inputs.findIndex((name) => makers.get(name)?.type === 'MatMul');
  const product = add === null ? node : makers.get(add.inputs[side]);
  const bias = add === null ? null : stored(add.inputs[1 - side]);
  if (product?.type !== 'MatMul' || (add !== null && bias === null)) return null;
  const weight = stored(product.inputs[1]);
  if (weight === null || graph.initializers.get(weight)?.shape.length !== 2) return null;
  return { node: product, add, weight, bias, isTransposed: true, probabilities };
}

/** Strides of 1 and pads of 0. */
const isTrivial = (a: unknown): boolean =>
  a === undefined || (Array.isArray(a) && (a.every((v) => v === 0) || a.every((v) => v === 1)));

/** alpha and beta of a Gemm are 1, as they are when they are left out. */
const hasUnits = ({ attributes }: OnnxNode): boolean =>
  ['alpha', 'beta'].every((name) => {
    const a = attributes[name];
    return a === undefined || (typeof a === 'object' && 'float' in a && a.float === 1);
  });
