/**
 * In which order a tensor's numbers lie in memory. Everyone sees a tensor's shape; only kernels see its layout, and ask
 * for the one that they read (`Tensor.as`). `rows` is row-major. `fours` is NC4HW4: of (N, C, H, W), C a multiple of 4,
 * the vec4 at ((n C/4 + c/4) H + y) W + x holds channels c … c + 3 of one pixel. `filter` is how the kernels of a
 * convolution read its weights (O, C / groups, kH, kW): the vec4 at ((g taps + tap) D + d) O/groups + o holds input
 * channels 4 d … 4 d + 3 of group g, D = C / groups / 4.
 */
import { sizeOf, type Shape } from './shape.js';

/** The order of a tensor's numbers in memory; compare by `===`. */
export interface Layout {
  readonly kind: 'rows' | 'fours' | 'filter';
  /** Of the convolution; 1 but for `filter`. */
  readonly groups: number;
}

export const ROWS: Layout = { kind: 'rows', groups: 1 };
export const FOURS: Layout = { kind: 'fours', groups: 1 };

const filters = new Map<number, Layout>();

/** The layout of a convolution's weights; one object for each number of groups, so that layouts compare by `===`. */
export function filterLayout(groups: number): Layout {
  let known = filters.get(groups);
  if (known === undefined) filters.set(groups, (known = { kind: 'filter', groups }));
  return known;
}

/** Whether a tensor of this shape can lie in this layout without padding. */
export function fitsLayout(layout: Layout, shape: Shape): boolean {
  if (layout === ROWS) return true;
  if (shape.length !== 4 || sizeOf(shape) === 0) return false;
  return shape[1] % 4 === 0 && (layout === FOURS || (shape[0] % layout.groups === 0 && shape[0] > 0));
}

/** The same order of numbers under its plainest name: fours of single pixels are rows. */
export function plainLayout(layout: Layout, shape: Shape): Layout {
  return layout === FOURS && shape[2] * shape[3] === 1 ? ROWS : layout;
}

/**
 * Row-major numbers of this shape in the order of a layout, or back.
 * @throws Error when the shape does not fit the layout.
 */
export function permuted<T extends Float32Array | Uint32Array>(
  numbers: T,
  shape: Shape,
  layout: Layout,
  direction: 'to layout' | 'to rows',
): T {
  if (layout === ROWS) return numbers;
  if (!fitsLayout(layout, shape)) throw new Error(`shape (${shape.join(', ')}) does not fit layout ${layout.kind}`);
  const result = numbers.slice() as T;
  const [outer, channels, height, width] = shape;
  const plane = height * width;
  const rows = outer / layout.groups;
  let from = 0;
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < channels; c++) {
      const [d, lane] = [c >> 2, c & 3];
      for (let p = 0; p < plane; p++, from++) {
        const group = Math.floor(o / rows);
        const four =
          layout === FOURS
            ? (o * (channels / 4) + d) * plane + p
            : ((group * plane + p) * (channels / 4) + d) * rows + (o - group * rows);
        if (direction === 'to layout') result[4 * four + lane] = numbers[from];
        else result[from] = numbers[4 * four + lane];
      }
    }
  }
  return result;
}
