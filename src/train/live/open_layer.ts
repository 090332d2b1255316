/**
 * One layer of a network that is laid open on a picture: its numbers, and how each of them comes about. Without the
 * engine: a page shows what its worker computes.
 */
import { UNARY } from '../../kernels/elementwise/unary_table.js';

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
