/**
 * Max and average pooling, plain and adaptive, and their gradients. x (N, C, H, W) -> y (N, C, oH, oW), oH = floor((H +
 * 2 pad - dilation (k - 1) - 1) / stride) + 1, rounded up with ceilMode unless the last window would start in the
 * padding at the end.
 */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

type Pair = readonly [height: number, width: number];

export interface Pool2dArgs {
  readonly kernelSize: Pair;
  /** Default: the kernel's size. */
  readonly stride?: Pair;
  readonly padding?: Pair;
  readonly ceilMode?: boolean;
}

export interface MaxPool2dArgs extends Pool2dArgs {
  readonly dilation?: Pair;
  /** Applied to x first. */
  readonly activation?: 'relu';
}

export interface AvgPool2dArgs extends Pool2dArgs {
  /** Default true: padding counts as zeros, not as absent. */
  readonly countIncludePad?: boolean;
  /** What sums are divided by, instead of the number of elements. */
  readonly divisorOverride?: number;
}

/** What one output looks at. */
interface Window {
  /** Number of the output in y. */
  readonly at_y: number;
  /** Numbers of the elements of x in the window, row by row, without padding. */
  readonly elements: readonly number[];
  /** Places of the window, padding included; what reaches past the padding is not. */
  readonly places: number;
}

/**
 * Where an output's window lies along one dimension: positions in x, inside or not, and how many of them x and its
 * padding hold.
 */
interface Span {
  readonly positions: readonly number[];
  readonly places: number;
}

type Spans = readonly [rows: readonly Span[], columns: readonly Span[]];

/** The spans of all outputs along dimension i (0: height, 1: width). */
function fixedSpans(size: number, i: 0 | 1, args: MaxPool2dArgs): Span[] {
  const { kernelSize, stride = kernelSize, padding = [0, 0], dilation = [1, 1], ceilMode = false } = args;
  const [k, s, pad, d] = [kernelSize[i], stride[i], padding[i], dilation[i]];
  let count = Math.floor((size + 2 * pad - d * (k - 1) - 1 + (ceilMode ? s - 1 : 0)) / s) + 1;
  if (ceilMode && (count - 1) * s >= size + pad) count--;
  return Array.from({ length: count }, (_, o) => {
    const positions = Array.from({ length: k }, (__, t) => o * s - pad + t * d);
    return { positions, places: positions.filter((p) => p < size + pad).length };
  });
}

/** Output o of n looks at floor(o size / n) to ceil((o + 1) size / n), which is not included. */
function adaptiveSpans(size: number, n: number): Span[] {
  return Array.from({ length: n }, (_, o) => {
    const first = Math.floor((o * size) / n);
    const places = Math.ceil(((o + 1) * size) / n) - first;
    return { positions: Array.from({ length: places }, (__, t) => first + t), places };
  });
}

const fixed = ([, , H, W]: readonly number[], args: MaxPool2dArgs): Spans => [
  fixedSpans(H, 0, args),
  fixedSpans(W, 1, args),
];
const adaptive = ([, , H, W]: readonly number[], [oH, oW]: Pair): Spans => [adaptiveSpans(H, oH), adaptiveSpans(W, oW)];

function forEachWindow([N, C, H, W]: readonly number[], [rows, columns]: Spans, visit: (window: Window) => void): void {
  let at_y = 0;
  for (let plane = 0; plane < N * C; plane++)
    for (const row of rows)
      for (const column of columns) {
        const elements: number[] = [];
        for (const iy of row.positions)
          for (const ix of column.positions)
            if (iy >= 0 && iy < H && ix >= 0 && ix < W) elements.push((plane * H + iy) * W + ix);
        visit({ at_y: at_y++, elements, places: row.places * column.places });
      }
}

const shapeOfY = ([N, C]: readonly number[], [rows, columns]: Spans): number[] => [N, C, rows.length, columns.length];

/**
 * Where a window's largest element is: the first of equals; the last NaN if there is one; undefined when all is
 * padding.
 */
function largest(x: HostTensor, elements: readonly number[]): number | undefined {
  let best = elements[0];
  for (const at of elements) if (x.data[at] > x.data[best] || Number.isNaN(x.data[at])) best = at;
  return best;
}

function maxOver(x: HostTensor, spans: Spans): HostTensor {
  const y = hostTensor(shapeOfY(x.shape, spans));
  forEachWindow(x.shape, spans, ({ at_y, elements }) => {
    const at = largest(x, elements);
    y.data[at_y] = at === undefined ? -Infinity : x.data[at];
  });
  return y;
}

function maxOverBackward(dy: HostTensor, x: HostTensor, spans: Spans): HostTensor {
  const dx = hostTensor(x.shape);
  forEachWindow(x.shape, spans, ({ at_y, elements }) => {
    const at = largest(x, elements);
    if (at !== undefined) dx.data[at] += dy.data[at_y];
  });
  return dx;
}

const activated = (x: HostTensor, { activation }: MaxPool2dArgs): HostTensor =>
  activation === 'relu'
    ? hostTensor(
        x.shape,
        x.data.map((v) => Math.max(v, 0)),
      )
    : x;

/** y = max over the window. */
export function maxPool2d(x: HostTensor, args: MaxPool2dArgs): HostTensor {
  return maxOver(activated(x, args), fixed(x.shape, args));
}

/** Where in its plane each maximum was found: h * W + w; -1 where the window saw padding alone. */
export function maxPool2dIndices(x: HostTensor, args: MaxPool2dArgs): HostTensor {
  const spans = fixed(x.shape, args);
  const index = hostTensor(shapeOfY(x.shape, spans));
  forEachWindow(x.shape, spans, ({ at_y, elements }) => {
    index.data[at_y] = (largest(x, elements) ?? -1) % (x.shape[2] * x.shape[3]);
  });
  return index;
}

/** Each dy goes to the element that was the largest of its window. */
export function maxPool2dBackward(dy: HostTensor, x: HostTensor, args: MaxPool2dArgs): HostTensor {
  const dx = maxOverBackward(dy, activated(x, args), fixed(x.shape, args));
  return args.activation === 'relu'
    ? hostTensor(
        dx.shape,
        dx.data.map((d, i) => (x.data[i] > 0 ? d : 0)),
      )
    : dx;
}

export function adaptiveMaxPool2d(x: HostTensor, outputSize: Pair): HostTensor {
  return maxOver(x, adaptive(x.shape, outputSize));
}

export function adaptiveMaxPool2dBackward(dy: HostTensor, x: HostTensor, outputSize: Pair): HostTensor {
  return maxOverBackward(dy, x, adaptive(x.shape, outputSize));
}

type Divisor = (window: Window) => number;

const divisorOf =
  ({ countIncludePad = true, divisorOverride }: AvgPool2dArgs): Divisor =>
  (window) =>
    divisorOverride ?? (countIncludePad ? window.places : window.elements.length);

function meanOver(x: HostTensor, spans: Spans, divisor: Divisor): HostTensor {
  const y = hostTensor(shapeOfY(x.shape, spans));
  forEachWindow(x.shape, spans, (window) => {
    for (const at of window.elements) y.data[window.at_y] += x.data[at] / divisor(window);
  });
  return y;
}

function meanOverBackward(dy: HostTensor, shapeX: readonly number[], spans: Spans, divisor: Divisor): HostTensor {
  const dx = hostTensor(shapeX);
  forEachWindow(shapeX, spans, (window) => {
    for (const at of window.elements) dx.data[at] += dy.data[window.at_y] / divisor(window);
  });
  return dx;
}

/** y = sum over the window / its number of places, of elements, or `divisorOverride`. */
export function avgPool2d(x: HostTensor, args: AvgPool2dArgs): HostTensor {
  return meanOver(x, fixed(x.shape, args), divisorOf(args));
}

/** Each dy is shared evenly by the elements of its window. */
export function avgPool2dBackward(dy: HostTensor, shapeX: readonly number[], args: AvgPool2dArgs): HostTensor {
  return meanOverBackward(dy, shapeX, fixed(shapeX, args), divisorOf(args));
}

export function adaptiveAvgPool2d(x: HostTensor, outputSize: Pair): HostTensor {
  return meanOver(x, adaptive(x.shape, outputSize), (window) => window.places);
}

export function adaptiveAvgPool2dBackward(dy: HostTensor, shapeX: readonly number[], outputSize: Pair): HostTensor {
  return meanOverBackward(dy, shapeX, adaptive(shapeX, outputSize), (window) => window.places);
}
