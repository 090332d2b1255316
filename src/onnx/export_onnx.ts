/** Networks as ONNX files. */
import { UsageError } from '../device/errors.js';
import { withHeadInput, headInput } from '../nn/head_input.js';
import type { AnyModule, Module } from '../nn/module.js';
import type { StateDict } from '../nn/state/state_dict.js';
import type { DType, HostArray, Tensor } from '../tensor/tensor.js';
import { GraphBuilder, type OnnxPrecision } from './graph_builder.js';
import { encodeOnnx, OPSETS, type OnnxValue } from './messages.js';
import { NORMALIZATION, type OnnxNormalization } from './normalization.js';
import { trace, type Forward, type Size, type Trace, type TraceInput } from './trace.js';
import { writeOps } from './write_graph.js';

/** Version of ONNX's ops that files are written in unless another is asked for: ONNX Runtime 1.12 (2022) reads it. */
export const DEFAULT_OPSET = 17;

/** What every file may be told. */
export interface OnnxFileOptions {
  /** 17 to 20. Default 17. */
  readonly opset?: number;
  /** How weights are stored; with f16 they take half the bytes, and all is computed in f32 as before. Default f32. */
  readonly precision?: OnnxPrecision;
  /** Default: the network's own, read from its device. */
  readonly weights?: StateDict;
  /** What else the file says, by key. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Options of `exportOnnx`. */
export interface OnnxOptions extends OnnxFileOptions {
  /** Of one image. */
  readonly input: { readonly channels: number; readonly height: number; readonly width: number };
  /** Given, the file takes pixels from 0 to 1 and normalises them itself; else it takes what the network takes. */
  readonly normalization?: OnnxNormalization;
  /** Names of the classes, in the order of the logits. */
  readonly classes?: readonly string[];
  /** Path of the layer that gives the logits: what reaches it is a second output, `features` (N, D). */
  readonly features?: string;
}

/** A graph to be written: what goes in, and what comes out of it. */
export interface GraphOptions extends OnnxFileOptions {
  /** Of each input, what is done to it before the network sees it. */
  readonly inputs: readonly (TraceInput & { readonly normalization?: OnnxNormalization })[];
  readonly forward: Forward;
  /** Of each output that is an image: normalised as pixels, it is put back into 0..1. */
  readonly restored?: Readonly<Record<string, OnnxNormalization>>;
}

/**
 * A network on any device as an ONNX file: input `input` (N, C, H, W) f32, output `logits` (N, classes), N open. Its
 * forward is traced in evaluation, on a device that computes nothing.
 * @throws UsageError for an op that ONNX has not, a forward that depends on the size of the batch, an unknown opset,
 * numbers too large for f16.
 */
export async function exportOnnx(model: Module, options: OnnxOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { input, normalization, classes, features, metadata = {} } = options;
  const { channels, height, width } = input;
  const preprocessing = {
    ...input,
    layout: 'NCHW',
    values: normalization === undefined ? 'normalised' : '0..1',
    ...(normalization === undefined ? {} : { normalization }),
  };
  return exportGraph(model, {
    ...options,
    inputs: [
      { name: 'input', shape: [channels, height, width], ...(normalization === undefined ? {} : { normalization }) },
    ],
    forward: ([x]) => logitsAnd(model, features ?? null, x),
    metadata: {
      ...(classes === undefined ? {} : { classes: JSON.stringify(classes) }),
      preprocessing: JSON.stringify(preprocessing),
      ...metadata,
    },
  });
}

/**
 * What a classifier's file gives: logits, and what reaches the head, if it is named. In one pass, or in two where the
 * network was given another forward: nodes that do the same are one.
 */
export function logitsAnd(model: Module, head: string | null, x: Tensor): Record<string, Tensor> {
  if (head === null) return { logits: model.forward(x) };
  if (Object.hasOwn(model, 'forward')) return { logits: model.forward(x), features: headInput(model, head, x) };
  const { logits, features } = withHeadInput(model, head, x);
  return { logits, features };
}

/** As `exportOnnx`, of any number of inputs and outputs: the first size of all of them is the number of samples. */
export async function exportGraph(model: AnyModule, options: GraphOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { inputs, opset = DEFAULT_OPSET, precision = 'f32', metadata = {}, restored = {} } = options;
  if (!OPSETS.includes(opset))
    throw new UsageError(`[exportOnnx] opset ${opset} is not offered`, { fix: `use one of ${OPSETS.join(', ')}` });
  const traced = trace(model, inputs, options.forward);
  const weights = options.weights ?? (await model.stateDict());
  const b = new GraphBuilder(inputs[0].name, { opset, precision });
  const given = inputs.map(({ name, normalization }) =>
    normalization === undefined ? name : normalized(b, name, normalization),
  );
  const made = writeOps(b, traced, { inputs: given, weights, foreign: await readForeign(traced) });
  for (const [name, from] of Object.entries(made))
    b.output(name, restored[name] === undefined ? from : denormalized(b, from, restored[name]));
  return encodeOnnx({
    opset,
    producer: 'weft',
    metadata,
    graph: {
      nodes: needed(b, Object.keys(made)),
      initializers: b.initializers,
      inputs: inputs.map(({ name, shape, dtype }) => valueOf(name, dtype, ['N', ...shape])),
      outputs: Object.entries(traced.outputs).map(([name, { shape, dtype }]) =>
        valueOf(name, dtype, shape.map(sizeName)),
      ),
    },
  });
}

/** Weft's words are ONNX's whole numbers of 64 bits: what ops that take indices want. */
const valueOf = (name: string, dtype: DType | undefined, shape: OnnxValue['shape']): OnnxValue => ({
  name,
  dtype: dtype === 'u32' ? 'I64' : 'F32',
  shape,
});

const sizeName = ({ fixed, each }: Size): number | string => (each === 0 ? fixed : each === 1 ? 'N' : `${each}N`);

/** Values of each channel, (1, C, 1, 1). */
const perChannel = (b: GraphBuilder, name: string, values: readonly number[]): string => {
  const shape = [1, values.length, 1, 1];
  const data = new Uint8Array(Float32Array.from(values).buffer);
  b.initializers.set(NORMALIZATION + name, { dtype: 'F32', shape, data });
  return NORMALIZATION + name;
};

function normalized(b: GraphBuilder, x: string, { mean, std }: OnnxNormalization): string {
  return b.node('Div', [b.node('Sub', [x, perChannel(b, 'mean', mean)]), perChannel(b, 'std', std)]);
}

function denormalized(b: GraphBuilder, x: string, { mean, std }: OnnxNormalization): string {
  return b.node('Add', [b.node('Mul', [x, perChannel(b, 'std', std)]), perChannel(b, 'mean', mean)]);
}

/** The nodes that lead to the outputs; takes what no node reads out of the weights. */
function needed(b: GraphBuilder, outputs: readonly string[]): GraphBuilder['nodes'] {
  const wanted = new Set(outputs);
  const nodes = b.nodes.toReversed().filter((node) => {
    const isWanted = node.outputs.some((name) => wanted.has(name));
    if (isWanted) for (const input of node.inputs) wanted.add(input);
    return isWanted;
  });
  for (const name of [...b.initializers.keys()]) if (!wanted.has(name)) b.initializers.delete(name);
  return nodes.reverse();
}

/** The numbers of tensors that lie on the network's device beside its state. */
async function readForeign({ ops, outputs }: Trace): Promise<Map<Tensor, HostArray>> {
  const found = new Map<Tensor, HostArray>();
  for (const { origin } of [...ops.flatMap((op) => [...op.inputs, ...op.within.values()]), ...Object.values(outputs)])
    if (origin.kind === 'foreign') found.set(origin.tensor, await origin.tensor.read());
  return found;
}
