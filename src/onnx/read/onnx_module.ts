/**
 * A network of an ONNX file as a module: its weights are parameters, the running statistics of its batch norms buffers,
 * so that it is trained, saved and evaluated like any other.
 */
import { ModelError } from '../../device/errors.js';
import { StateBuffer } from '../../nn/buffer.js';
import { Conv2d, Linear } from '../../nn/layers.js';
import { Module, type AnyModule } from '../../nn/module.js';
import { BatchNorm } from '../../nn/norm.js';
import { Parameter } from '../../nn/parameter.js';
import { toFloat32 } from '../../nn/state/raw_tensor.js';
import { ROWS, filterLayout, fitsLayout } from '../../tensor/layout.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { OnnxNode, OnnxTensor } from '../messages.js';
import { READ_ROWS, type NamedTensor, type Plan } from './plan.js';
import { RECURRENT_TYPES, recurrentLayer, runRecurrent } from './recurrent.js';
import { pathOf, place } from './tree.js';
import { NodeCall, hostValue, isTensor, type Value } from './value.js';

/** Inputs of nodes that the host needs as numbers, by type of node. */
const HOST_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Clip: [1, 2],
  Pad: [1, 2],
  Resize: [1, 2, 3],
  Upsample: [1],
  Dropout: [1, 2],
  ConstantOfShape: [0],
};

const FLOATS: ReadonlySet<string> = new Set(['F32', 'F16', 'BF16', 'F64']);

/** What a node is run by: a layer, nothing at all, or its row. */
type Runner = (call: NodeCall) => Value | readonly Value[];

/** A batch norm of vectors, sequences or images that begins with the numbers of a file. */
class ReadBatchNorm extends BatchNorm {
  constructor([weight, bias, mean, variance]: readonly Float32Array<ArrayBuffer>[], eps: number, momentum: number) {
    super(weight.length, { eps, momentum }, [2, 3, 4, 5]);
    begin(this.weight, weight);
    begin(this.bias, bias);
    if (this.running_mean !== null) this.running_mean.initial = mean;
    if (this.running_var !== null) this.running_var.initial = variance;
  }
}

function begin(p: Parameter | null, numbers: Float32Array<ArrayBuffer>): void {
  if (p !== null) p.init = (x) => x.write(numbers);
}

/** (rows, columns) as (columns, rows). */
function turned(numbers: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: numbers.length }, (_, i) => numbers[(i % rows) * columns + Math.floor(i / rows)]);
}

/** Whether a node only gives a constant another name: its output is among the constants. */
const isAlias = (node: OnnxNode, constants: Plan['constants']): boolean => constants.has(node.outputs[0]);

/** A classifier, as its file has it. */
export class OnnxModule extends Module {
  readonly #plan: Plan;
  readonly #runners = new Map<OnnxNode, Runner>();
  readonly #values = new Map<string, () => Value>();
  /** Path of the layer that gives the logits; null where none was found. */
  readonly headPath: string | null;

  /**
   * @param classes for another number than the file's the head starts anew.
   * @throws ModelError where that is asked for and no head was found.
   */
  constructor(plan: Plan, classes: number) {
    super();
    this.#plan = plan;
    this.headPath = plan.head === null ? null : this.#makeHead(classes);
    for (const node of plan.nodes) {
      if (this.#runners.has(node)) continue;
      if (plan.passing.has(node)) this.#runners.set(node, (call) => call.value(0));
      else if (RECURRENT_TYPES.has(node.type)) this.#makeRecurrent(node);
      else if (node.type === 'BatchNormalization') this.#makeNorm(node);
    }
    this.#placeConstants();
  }

  /** x (N, C, H, W), normalised as the network was trained -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    const { file, onnx, nodes, constants, input, output } = this.#plan;
    const about = { file, opset: onnx.opset, training: this.training, device: x.device };
    const values = new Map<string, Value>([[input.name, x]]);
    for (const [name, value] of this.#values) values.set(name, value());
    for (const node of nodes) {
      if (isAlias(node, constants)) continue;
      const taken = node.inputs.map((name) => this.#taken(values, name, node));
      const call = new NodeCall(node, this.#fitted(node, taken, x), about);
      const run = this.#runners.get(node) ?? READ_ROWS[node.type];
      const made = run(call);
      const list = Array.isArray(made) ? (made as readonly Value[]) : [made as Value];
      for (const [i, name] of node.outputs.entries()) if (list[i] !== undefined) values.set(name, list[i]);
    }
    const result = values.get(output.name);
    if (result === undefined || !isTensor(result))
      throw new ModelError(`${file}: its output ${output.name} is not computed`);
    return result;
  }

  /** An input of a node; null for a weight that its layer keeps. */
  #taken(values: ReadonlyMap<string, Value>, name: string, { name: node, type }: OnnxNode): Value | null {
    const value = values.get(name);
    if (value !== undefined) return value;
    if (name === '' || this.#plan.constants.has(name)) return null;
    throw new ModelError(`${this.#plan.file}: node ${node} (${type}) takes ${name}, which nothing makes`);
  }

  /** A file for batches of one size names it in its reshapes: it stands for the batch that there is. */
  #fitted(node: OnnxNode, taken: (Value | null)[], x: Tensor): (Value | null)[] {
    const size = this.#plan.input.shape[0];
    const [from, to] = taken;
    if (node.type !== 'Reshape' || typeof size !== 'number' || from == null || to == null || isTensor(to)) return taken;
    const isBatch = isTensor(from) && from.shape[0] === x.shape[0] && to.data[0] === size && size !== x.shape[0];
    return isBatch ? [from, { shape: to.shape, data: [x.shape[0], ...to.data.slice(1)] }] : taken;
  }

  #constant(name: string): OnnxTensor | null {
    return this.#plan.constants.get(name)?.tensor ?? null;
  }

  /** A node whose attributes are looked at before anything runs. */
  #unrun(node: OnnxNode): NodeCall {
    const { file, onnx } = this.#plan;
    return new NodeCall(node, [], { file, opset: onnx.opset, training: false, device: null });
  }

  /** @returns the path of the head. */
  #makeHead(classes: number): string {
    const { head, file } = this.#plan;
    if (head === null) throw new ModelError(`${file}: it has no head`);
    const weight = this.#constant(head.weight) as OnnxTensor;
    const bias = head.bias === null ? null : this.#constant(head.bias);
    const [outputs, inputs] = head.isTransposed ? [weight.shape[1], weight.shape[0]] : weight.shape;
    const options = { bias: bias !== null };
    const layer =
      head.node.type === 'Conv' ? new Conv2d(inputs, classes, 1, options) : new Linear(inputs, classes, options);
    if (classes === outputs) {
      const numbers = toFloat32(weight, head.weight, file);
      begin(layer.weight, head.isTransposed ? turned(numbers, inputs, outputs) : numbers);
      if (bias !== null) begin(layer.bias, toFloat32(bias, head.bias ?? '', file));
    }
    this.#runners.set(head.node, (call) => layer.forward(call.tensor(0)));
    if (head.add !== null) {
      const side = head.node.outputs[0] === head.add.inputs[0] ? 0 : 1;
      this.#runners.set(head.add, (call) => call.value(side));
    }
    return this.#placed(head.weight, head.node, layer, 'head');
  }

  #makeRecurrent(node: OnnxNode): void {
    const { file } = this.#plan;
    const [W, R, B] = [1, 2, 3].map((i) => (node.inputs[i] ? this.#constant(node.inputs[i]) : null));
    const call = this.#unrun(node);
    if (W === null || R === null || (node.inputs[3] && B === null)) return call.refuse('its weights are computed');
    const layer = recurrentLayer(call, { W, R, B }, file);
    this.#placed(node.inputs[1], node, layer, node.type.toLowerCase());
    this.#runners.set(node, (running) => runRecurrent(layer, running));
  }

  #makeNorm(node: OnnxNode): void {
    const { file } = this.#plan;
    const parts = [1, 2, 3, 4].map((i) => this.#constant(node.inputs[i]));
    if (parts.some((part) => part === null)) return; // computed: run by its row, as in evaluation
    const numbers = parts.map((part, i) => toFloat32(part as OnnxTensor, node.inputs[i + 1], file));
    const call = this.#unrun(node);
    const layer = new ReadBatchNorm(numbers, call.number('epsilon', 1e-5), 1 - call.number('momentum', 0.9));
    this.#runners.set(node, (running) => layer.forward(running.tensor(0)));
    this.#placed(node.inputs[1], node, layer, 'norm');
  }

  /** Weights that no layer has taken become parameters; other numbers are kept for the host, or as buffers. */
  #placeConstants(): void {
    const { nodes, constants, passing } = this.#plan;
    const made = new Map<string, () => Value>();
    for (const node of nodes) {
      if (passing.has(node) || (this.#runners.has(node) && !RECURRENT_TYPES.has(node.type))) continue;
      const isLayer = this.#runners.has(node);
      for (const [i, alias] of node.inputs.entries()) {
        const constant = constants.get(alias);
        if (constant === undefined || (isLayer && i < 4) || isAlias(node, constants)) continue;
        const isHost = HOST_INPUTS[node.type]?.includes(i) === true;
        const value = made.get(constant.name) ?? this.#keep(constant, node, isHost);
        made.set(constant.name, value);
        this.#values.set(alias, value);
      }
    }
  }

  /** Makes a place for a constant that a node takes. */
  #keep({ name, tensor }: NamedTensor, node: OnnxNode, isHost: boolean): () => Value {
    const { file, onnx } = this.#plan;
    const isStored = onnx.graph.initializers.has(name);
    const isSingle = tensor.shape.length === 0 || (!isStored && sizeOf(tensor.shape) === 1);
    if (isHost || isSingle || !FLOATS.has(tensor.dtype)) {
      const value = hostValue(tensor, name, file);
      return () => value;
    }
    const numbers = toFloat32(tensor, name, file);
    const layout = isStored && node.type === 'Conv' ? filterLayout(this.#unrun(node).number('group', 1)) : ROWS;
    const leaf = isStored
      ? new Parameter(tensor.shape, (x) => x.write(numbers), fitsLayout(layout, tensor.shape) ? layout : ROWS)
      : new StateBuffer(tensor.shape, { initial: numbers });
    place(this, pathOf(name), leaf);
    return () => leaf.value;
  }

  /** Puts a layer where its weight's name says: `fc` of `fc.weight`. */
  #placed(weight: string, node: OnnxNode, layer: AnyModule, otherwise: string): string {
    const named = pathOf(weight);
    const path = named.length > 1 ? named.slice(0, -1) : [`${otherwise}_${pathOf(node.name).join('_')}`];
    return place(this, path, layer);
  }
}
