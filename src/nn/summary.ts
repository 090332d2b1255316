/**
 * What a model is made of: layers, shapes, parameters, work and memory, found by running its forward on a device that
 * computes nothing.
 */
import { observeOps } from '../autograd/graph.js';
import { shapesOnlyDevice } from '../device/shapes_only.js';
import type { Shape } from '../tensor/shape.js';
import { empty, type Tensor } from '../tensor/tensor.js';
import { Dropout } from './layers.js';
import type { ModelInput } from './models/registry.js';
import type { AnyModule, Module } from './module.js';

/** A row of a summary. */
export interface LayerSummary {
  /** Its path in the model: `layer1.0.conv1`; empty for what the model itself does between its layers. */
  readonly name: string;
  /** The layer's class; of what a block does between its layers, the ops: `cat`. */
  readonly type: string;
  /** For one image. */
  readonly output: Shape;
  readonly parameters: number;
  /** Floating-point operations of its products for one image: a multiply-add counts as two, all else as nothing. */
  readonly flops: number;
  /** What its ops give for one image; backward needs it, so training keeps it. */
  readonly activationBytes: number;
}

/** Layers in the order in which they run, and the sums. */
export interface ModelSummary {
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  readonly flops: number;
  readonly activationBytes: number;
}

type Work = (inputs: readonly Tensor[], output: Tensor) => number;
/** Weights are the inputs of two dimensions. */
const recurrent: Work = ([x, ...rest]) =>
  2 * x.shape[0] * x.shape[1] * rest.filter((t) => t.rank === 2).reduce((n, t) => n + t.size, 0);

/** Of the ops that are products. */
const FLOPS: Readonly<Record<string, Work>> = {
  conv2d: ([, w], y) => (2 * y.size * w.size) / w.shape[0],
  conv_transpose2d: ([x, w]) => (2 * x.size * w.size) / w.shape[0],
  linear: ([, w], y) => 2 * y.size * w.shape[1],
  matmul: ([a], y) => 2 * y.size * a.shape[a.rank - 1],
  lstm: recurrent,
  gru: recurrent,
  // q k and p v, in one
  scaled_dot_product_attention: ([q, k, v]) =>
    2 * q.size * k.shape[k.rank - 2] * (1 + v.shape[v.rank - 1] / q.shape[q.rank - 1]),
  self_attention: ([qkv]) => (4 * qkv.size * qkv.shape[1]) / 3,
};

interface Call {
  readonly path: string;
  readonly module: AnyModule;
}

/** The model must not be on a device yet, and cannot be used afterwards. */
export function summarize(model: Module, { channels, height, width }: ModelInput): ModelSummary {
  const device = shapesOnlyDevice();
  model.to(device).eval(); // one image may leave a batch norm one pixel, which is not enough to train on
  for (const [, m] of model.namedModules()) if (m instanceof Dropout) m.train(); // but what dropout gives is kept
  const calls: Call[] = []; // innermost last
  for (const [path, module] of model.namedModules()) follow({ path, module }, calls);
  const rows: (LayerSummary & { call: Call; ops: string[] })[] = [];
  const counted = new Set<AnyModule>(); // a module's own parameters, at its first ops
  device.step(() => {
    const x = empty(device, [1, channels, height, width]);
    observeOps(
      (op, inputs, output) => {
        const call = calls[calls.length - 1];
        const last = rows.at(-1);
        const isSame = last?.call === call;
        const ops = isSame ? [...last.ops, op] : [op];
        if (isSame) rows.pop();
        rows.push({
          call,
          ops,
          name: call.path,
          type: isLeaf(call.module)
            ? call.module.constructor.name
            : ops.filter((name) => name !== 'reshape').join(' + '),
          output: output.shape,
          parameters: isSame ? last.parameters : counted.has(call.module) ? 0 : ownParameters(call.module),
          flops: (isSame ? last.flops : 0) + (FLOPS[op]?.(inputs, output) ?? 0),
          activationBytes: (isSame ? last.activationBytes : 0) + (op === 'reshape' ? 0 : 4 * output.size),
        });
        counted.add(call.module);
      },
      () => void model.forward(x),
    );
  });
  device.destroy();
  const layers = rows.filter((r) => r.type !== '').map(({ call: _, ops: __, ...layer }) => layer);
  const total = (of: (layer: LayerSummary) => number): number => layers.reduce((n, layer) => n + of(layer), 0);
  return {
    layers,
    parameters: model.parameterCount(),
    flops: total((l) => l.flops),
    activationBytes: total((l) => l.activationBytes),
  };
}

/** Keeps the list of calls that are under way while the module's forward runs. */
function follow({ path, module }: Call, calls: Call[]): void {
  const target = module as unknown as { forward: (...args: unknown[]) => unknown };
  const forward = target.forward.bind(module);
  const value = (...args: unknown[]): unknown => {
    calls.push({ path, module });
    try {
      return forward(...args);
    } finally {
      calls.pop();
    }
  };
  Object.defineProperty(target, 'forward', { value }); // not enumerable: children() does not meet it
}

function isLeaf(module: AnyModule): boolean {
  return [...module.children()].length === 0;
}

function ownParameters(module: AnyModule): number {
  return [...module.children()].reduce((n, [, child]) => n - child.parameterCount(), module.parameterCount());
}
