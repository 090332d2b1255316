/**
 * A network laid open on one picture: what every layer is given, makes of it, and what the loss asks of it. For
 * networks whose layers follow one after the other, each a convolution, a pooling or a linear layer.
 */
import { backward, observeOps } from '../autograd/graph.js';
import { crossEntropy } from '../autograd/ops/loss/cross_entropy.js';
import type { Conv2dArgs } from '../autograd/ops/args.js';
import { UsageError } from '../device/errors.js';
import { conv2dGeometry } from '../kernels/conv2d/geometry.js';
import type { MaxPool2dGeometry, Pool2dGeometry } from '../kernels/pool2d/geometry.js';
import { UNARY } from '../kernels/elementwise/unary_table.js';
import type { Module } from '../nn/module.js';
import type { Parameter } from '../nn/parameter.js';
import { tensor, type Tensor } from '../tensor/tensor.js';

/** Planes of numbers (channels, height, width), one after the other. A vector of n numbers is (1, 1, n). */
export interface Maps {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array;
}

/** Weights (O, C, kH, kW) and what the loss asks of them: d loss / d each. */
export interface OpenWeights {
  readonly values: Float32Array;
  readonly grad: Float32Array;
  /** (O); null without. */
  readonly bias: Float32Array | null;
}

/** Between input and output of a layer lies a window: what one number of the output is made of. */
export interface OpenLayer {
  /** As in the state dict, `conv1`; poolings are counted: `pool1`. */
  readonly name: string;
  readonly kind: 'conv2d' | 'linear' | 'avg_pool2d' | 'max_pool2d';
  readonly input: Maps;
  readonly output: Maps;
  /** d loss / d output. */
  readonly dOutput: Maps;
  /** Of a linear layer the whole input, and its stride is 0: the window stays. */
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  /** Comes last; of a max pooling it is the same first or last. */
  readonly activation: 'relu' | 'tanh' | null;
  /** null of a pooling. */
  readonly weights: OpenWeights | null;
}

/** What a network makes of one picture. */
export interface OpenNetwork {
  readonly layers: readonly OpenLayer[];
  /** Cross-entropy of the picture in nats. */
  readonly loss: number;
}

/** What one channel of the input adds to one number of the output. */
export interface WindowPart {
  readonly channel: number;
  /** (kH, kW) numbers of the input; what lies outside counts as 0. */
  readonly window: Float32Array;
  /** (kH, kW); null of a pooling. */
  readonly filter: Float32Array | null;
  /** window * filter; of a pooling the window. */
  readonly products: Float32Array;
  /** The sum of the products; of a pooling the mean, or the largest. */
  readonly sum: number;
}

/** How one number of a layer's output comes about. */
export interface OpenWindow {
  readonly parts: readonly WindowPart[];
  readonly bias: number;
  /** All parts' sums and the bias. */
  readonly before: number;
  /** What the activation makes of it: the number itself. */
  readonly after: number;
}

const KINDS: readonly string[] = ['conv2d', 'linear', 'avg_pool2d', 'max_pool2d'];

interface Call {
  readonly kind: OpenLayer['kind'];
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly args: unknown;
}

/** Geometry and activation of a call; `before` is the shape of what the layer is given. */
function settingsOf(
  { kind, inputs, args }: Call,
  before: Omit<Maps, 'values'>,
): Pick<OpenLayer, 'kernel' | 'stride' | 'padding' | 'activation'> {
  if (kind === 'linear') {
    const activation = args as OpenLayer['activation'];
    return { kernel: [before.height, before.width], stride: [0, 0], padding: [0, 0], activation };
  }
  if (kind === 'conv2d') {
    const { options } = args as Conv2dArgs;
    const { kH, kW, stride, padding } = conv2dGeometry(inputs[0].shape, inputs[1].shape, options);
    return { kernel: [kH, kW], stride, padding, activation: (options.activation ?? null) as OpenLayer['activation'] };
  }
  const g = kind === 'max_pool2d' ? (args as { g: MaxPool2dGeometry }).g : (args as Pool2dGeometry);
  const { kernel, stride, padding } = g;
  return { kernel, stride, padding, activation: 'activation' in g ? (g as MaxPool2dGeometry).activation : null };
}

/** Planes of an output (1, C, H, W), or (1, C H W) of a pooling that flattens. */
function planesOf({ kind, output, args }: Call): Omit<Maps, 'values'> {
  const [, ...rest] = kind === 'max_pool2d' ? (args as { g: Pool2dGeometry }).g.shapeY : output.shape;
  const [channels, height, width] = rest.length === 3 ? rest : [1, 1, rest[0]];
  return { channels, height, width };
}

const numbers = async (t: Tensor): Promise<Float32Array> => (await t.read()) as Float32Array;

/**
 * Runs a picture forth and back. The gradients of the model's parameters are set anew; its weights stay.
 * @param input (1, C, H, W) on the host, as the model is given it. @param label its class.
 * @throws UsageError for a network whose layers do not follow one after the other.
 */
export async function openNetwork(model: Module, input: Maps, label: number): Promise<OpenNetwork> {
  const { weights: memory } = model.memory;
  const { device } = memory;
  const calls: Call[] = [];
  const { loss, kept } = device.step(() => {
    model.memory.zeroGrads();
    const { channels, height, width } = input;
    const x = tensor(device, input.values, { shape: [1, channels, height, width] });
    const logits = observeOps(
      (op, inputs, output, args) => {
        if (!KINDS.includes(op)) return;
        output.retainsGrad = true;
        calls.push({ kind: op as OpenLayer['kind'], inputs, output, args });
      },
      () => model.forward(x),
    );
    const loss = crossEntropy(logits, tensor(device, [label], { dtype: 'u32' }));
    backward(loss);
    return { loss, kept: calls.map((call) => call.output) };
  });
  const parameters = new Map([...model.namedParameters()].map(([name, p]) => [p.value, [name, p] as const]));
  const layers: OpenLayer[] = [];
  let [before, pools] = [input, 0];
  try {
    for (const call of calls) {
      if (call.inputs[0].size !== before.values.length)
        throw new UsageError('this network’s layers do not follow one after the other', {
          fix: 'lay LeNet-5 or the CNN open',
        });
      const planes = planesOf(call);
      const weight = parameters.get(call.inputs[1]);
      const [values, grad] = await Promise.all([numbers(call.output), numbers(call.output.grad as Tensor)]);
      layers.push({
        name: weight === undefined ? `pool${++pools}` : weight[0].replace(/\.weight$/, ''),
        kind: call.kind,
        input: before,
        output: { ...planes, values },
        dOutput: { ...planes, values: grad },
        ...settingsOf(call, before),
        weights: weight === undefined ? null : await weightsOf(weight[1], parameters.get(call.inputs[2])?.[1]),
      });
      before = layers[layers.length - 1].output;
    }
    return { layers, loss: await loss.item() };
  } finally {
    for (const t of kept) {
      t.grad?.release();
      t.release();
    }
    loss.release();
  }
}

async function weightsOf({ value }: Parameter, bias: Parameter | undefined): Promise<OpenWeights> {
  const [values, grad, biases] = await Promise.all([
    numbers(value),
    numbers(value.grad as Tensor),
    bias === undefined ? null : numbers(bias.value),
  ]);
  return { values, grad, bias: biases };
}

/** How a number of a layer's output comes about. */
export function windowOf(layer: OpenLayer, map: number, row: number, column: number): OpenWindow {
  const { input, kernel, stride, padding, weights, kind } = layer;
  const [kH, kW] = kernel;
  const size = kH * kW;
  const parts: WindowPart[] = [];
  for (let channel = 0; channel < input.channels; channel++) {
    if (weights === null && channel !== map) continue; // a pooling looks at its own channel
    const window = Float32Array.from({ length: size }, (_, i) => {
      const [y, x] = [row * stride[0] - padding[0] + Math.floor(i / kW), column * stride[1] - padding[1] + (i % kW)];
      const isInside = y >= 0 && y < input.height && x >= 0 && x < input.width;
      return isInside ? input.values[(channel * input.height + y) * input.width + x] : 0;
    });
    const at = ((kind === 'linear' ? column : map) * input.channels + channel) * size;
    const filter = weights === null ? null : weights.values.slice(at, at + size);
    const products = filter === null ? window : window.map((v, i) => v * filter[i]);
    const total = products.reduce((sum, v) => sum + v, 0);
    const sum = kind === 'max_pool2d' ? Math.max(...window) : kind === 'avg_pool2d' ? total / size : total;
    parts.push({ channel, window, filter, products, sum });
  }
  const bias = weights?.bias?.[kind === 'linear' ? column : map] ?? 0;
  const before = parts.reduce((sum, part) => sum + part.sum, bias);
  const after = layer.activation === null ? before : UNARY[layer.activation].cpu(before);
  return { parts, bias, before, after };
}
