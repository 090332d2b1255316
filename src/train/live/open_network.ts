/**
 * A network laid open on one picture: what every layer is given, makes of it, and what the loss asks of it. For
 * networks whose layers follow one after the other, each a convolution, a pooling or a linear layer.
 */
import { backward, observeOps } from '../../autograd/graph.js';
import { crossEntropy } from '../../autograd/ops/loss/cross_entropy.js';
import type { Conv2dArgs } from '../../autograd/ops/args.js';
import { UsageError } from '../../device/errors.js';
import { conv2dGeometry } from '../../kernels/conv2d/geometry.js';
import type { MaxPool2dGeometry, Pool2dGeometry } from '../../kernels/pool2d/geometry.js';
import type { Module } from '../../nn/module.js';
import type { Parameter } from '../../nn/parameter.js';
import { tensor, type Tensor } from '../../tensor/tensor.js';
import type { Maps, OpenLayer, OpenWeights } from './open_layer.js';

/** What a network makes of one picture. */
export interface OpenNetwork {
  readonly layers: readonly OpenLayer[];
  /** Cross-entropy of the picture in nats. */
  readonly loss: number;
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
