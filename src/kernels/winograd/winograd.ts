/**
 * Convolutions of 3x3 windows and stride 1 by Winograd's minimal filtering: tiles of M x M pixels of the output take (M
 * + 2)^2 products for each pair of channels instead of 9 M^2. M is 2 or 4; the matrices of the transforms are those of
 * shaders/winograd/f2.wgsl and winograd/f4.wgsl. Activations lie in fours of channels: element (n, c, y, x) of (N, C,
 * H, W) is component c % 4 of the vec4 number ((n * C / 4 + c / 4) * H + y) * W + x.
 */
import type { Device } from '../../device/device.js';
import { UsageError } from '../../device/errors.js';
import { defineKernel, type Kernel } from '../../device/kernel.js';
import type { Specialisation } from '../../device/wgsl.js';
import { FOURS, filterLayout } from '../../tensor/layout.js';
import { sizeOf } from '../../tensor/shape.js';
import { empty, rows, type Tensor } from '../../tensor/tensor.js';
import type { Epilogue } from '../conv2d/epilogue.js';
import type { Conv2dGeometry } from '../conv2d/geometry.js';
import { ACTIVATION_FILES, forwardOf } from '../elementwise/unary_table.js';
import { requireBindable } from '../launch/checks.js';
import type { Choice } from '../launch/family.js';
import { storedAs } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';
import { productsOf } from './family.js';

/** Pixels of a tile of the output along a side. */
type Side = 2 | 4;

/** The transforms of either, for shaders/winograd/transform.wgsl, which declares those of M = 2. */
const TRANSFORMS: Readonly<Record<Side, Specialisation>> = {
  2: {},
  4: {
    M: '4u',
    'fn into_products': 'into_products_f4(x)',
    'fn from_products': 'from_products_f4(p)',
    'fn gradient_products': 'gradient_products_f4(dy)',
    'fn window_products': 'window_products_f4(w)',
    'fn window_of': 'window_of_f4(p)',
  },
};
const transformIncludes = ['common/grid.wgsl', ...['transform', 'f2', 'f4'].map((name) => `winograd/${name}.wgsl`)];
const tileIncludes = [...transformIncludes, 'winograd/tiles.wgsl'];
const inputKernel = defineKernel({
  name: 'winograd_input',
  file: 'winograd/input.wgsl',
  includes: tileIncludes,
  bindings: ['read', 'write', 'params'],
});
const gradientKernel = defineKernel({
  name: 'winograd_gradient',
  file: 'winograd/gradient.wgsl',
  includes: tileIncludes,
  bindings: ['read', 'write', 'params'],
});
const weightsKernel = defineKernel({
  name: 'winograd_weights',
  file: 'winograd/weights.wgsl',
  includes: transformIncludes,
  bindings: ['read', 'write', 'params'],
});
const outputKernel = defineKernel({
  name: 'winograd_output',
  file: 'winograd/output.wgsl',
  includes: [...tileIncludes, ...ACTIVATION_FILES],
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'params'],
});
const windowKernel = defineKernel({
  name: 'winograd_window',
  file: 'winograd/window.wgsl',
  includes: transformIncludes,
  bindings: ['read', 'read', 'read', 'write', 'params'],
});
const product = defineKernel({
  name: 'winograd_product_subgroup',
  file: 'winograd/product_subgroup.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'read', 'write', 'params'],
});
const weightProduct = defineKernel({
  name: 'winograd_weight_product_subgroup',
  file: 'winograd/weight_product_subgroup.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'read', 'write', 'params'],
});

/** @throws UsageError when there is no such member. */
function sideOf(choice: Choice): Side {
  const M = Number(choice['M']);
  if (choice.variant === 'winograd' && (M === 2 || M === 4)) return M;
  throw new UsageError(`[conv2d] there is no Winograd kernel ${JSON.stringify(choice)}`, {
    fix: "use { variant: 'winograd', M: 2 } or M: 4",
  });
}

/** Words of struct Tiles (shaders/winograd/tiles.wgsl) for an image of some channels. */
function tileWords(
  M: Side,
  [tiles, first]: readonly [tiles: number, first: number],
  [oH, oW]: readonly number[],
  [, C, H, W]: readonly number[],
  before: readonly number[],
): number[] {
  return [tiles, first, Math.ceil(oW / M), Math.ceil(oH / M), H, W, C / 4, ...before].map((v) => v >>> 0);
}

/**
 * Bytes of memory for transformed tiles: they are worked on so many at a time, so that a large batch does not take
 * several times its own memory.
 */
const WORK_BYTES = 8 * 2 ** 20;

/** [tiles, number of the first] of each part of so many tiles. */
function parts(M: Side, device: Device, all: number, C: number, O: number): (readonly [number, number])[] {
  const perTile = 4 * productsOf(M);
  const most = Math.min(WORK_BYTES / perTile / (C + O), device.maxBindingBytes / perTile / Math.max(C, O));
  const count = Math.ceil(all / Math.max(1, Math.floor(most)));
  const step = Math.ceil(all / count);
  return Array.from({ length: Math.ceil(all / step) }, (_, i) => [Math.min(step, all - i * step), i * step] as const);
}

/** u[p, row, depth]: see shaders/winograd/weights.wgsl. */
function transformedWeights(M: Side, w: Tensor, isTransposed: boolean): Tensor {
  const [O, C] = w.shape;
  const [rowCount, depth] = isTransposed ? [C, O] : [O, C];
  const u = empty(w.device, [productsOf(M), rowCount, depth]);
  requireBindable('conv2d', { w, u });
  w.device.dispatch(weightsKernel, {
    buffers: [w.as(filterLayout(1)).own, u.range],
    params: [rowCount, depth, isTransposed ? 1 : 0],
    specialise: TRANSFORMS[M],
    workgroups: Math.ceil((rowCount * depth) / 64),
  });
  return u;
}

/** Rows of the product's register tile: more leave the registers of a CPU, fewer share too little. */
const ROWS = 16;

/** The transform of some tiles of x or dy: (products, channels / 4, tiles, 4). */
function transformed(
  kernel: Kernel,
  M: Side,
  image: Tensor,
  part: readonly [number, number],
  out: readonly number[],
  before: readonly number[],
): Tensor {
  const [, C] = image.shape;
  const v = empty(image.device, [productsOf(M), C, part[0]]);
  image.device.dispatch(kernel, {
    buffers: [image.own, v.range],
    params: tileWords(M, part, out, image.shape, before),
    specialise: { ...TRANSFORMS[M], ...storedAs(image.dtype, { E4: 4 }) },
    workgroups: Math.ceil((part[0] * C) / 4 / 64),
  });
  return v;
}

/**
 * y = activation(x * w + bias + residual), or dx from dy (with a bias where it is a transposed convolution's forward).
 * The output lies in fours of channels; w is (O, C, 3, 3).
 */
export function winogradGather(
  choice: Choice,
  g: Conv2dGeometry,
  input: Tensor,
  w: Tensor,
  output: Tensor,
  isTransposed: boolean,
  { bias, residual, activation }: Epilogue,
): void {
  const M = sideOf(choice);
  const { device } = input;
  const [N, C, H, W] = input.shape;
  const [, O, ...out] = output.shape;
  const before = g.padding.map((p) => (isTransposed ? 2 - p : p));
  const S = lanesOf(device);
  const filter = w.as(filterLayout(1));
  const u = transformedWeights(M, filter, isTransposed);
  const added = residual?.as(output.layout) ?? null;
  const whole = input.as(FOURS);
  const perImage = Math.ceil(out[0] / M) * Math.ceil(out[1] / M);
  const imageSizes = [input, output].map((t) => sizeOf(t.shape.slice(1)));
  for (const [start, end] of rowWindows('conv2d', device, N, imageSizes, input.dtype === 'f16')) {
    const [x, y] = [rows(whole, start, end), rows(output, start, end)];
    const extra = added ? rows(added, start, end) : x;
    for (const part of parts(M, device, (end - start) * perImage, C, O)) {
      const [tiles] = part;
      const v = transformed(inputKernel, M, x, part, out, before);
      const m = empty(device, [productsOf(M), O, tiles]);
      device.dispatch(product, {
        buffers: [v.range, u.range, m.range],
        params: [productsOf(M), tiles, O, C / 4],
        specialise: { ROWS: `${ROWS}u`, S: `${S}u` },
        workgroups: productsOf(M) * Math.ceil(tiles / (4 * S)) * Math.ceil(O / ROWS),
      });
      device.dispatch(outputKernel, {
        buffers: [m.range, x.own, filter.own, bias?.range ?? filter.own, extra.own, y.own],
        params: [H, W, C / 4, isTransposed ? 1 : 0, ...tileWords(M, part, out, output.shape, before)],
        constants: { HAS_BIAS: bias ? 1 : 0, HAS_RESIDUAL: residual ? 1 : 0 },
        specialise: {
          ...TRANSFORMS[M],
          ...storedAs(output.dtype, { E4: 4 }),
          ...(activation ? { 'fn activate': forwardOf(activation) } : {}),
        },
        workgroups: Math.ceil((tiles * O) / 4 / 64),
      });
      v.release();
      m.release();
    }
  }
  u.release();
}

/** Lanes of a subgroup. @throws UsageError where there are none, or not always as many. */
function lanesOf({ adapter, name }: Device): number {
  if (adapter.subgroupSize === 0)
    throw new UsageError(`[conv2d] winograd needs subgroups of one size, and ${name} has none`, {
      fix: "choose 'register' or 'workgroup'",
    });
  return adapter.subgroupSize;
}

/** dw (O, C, 3, 3), in the layout of the weights, from x and dy, which can be bound whole. */
export function winogradWeight(choice: Choice, g: Conv2dGeometry, xs: Tensor, dys: Tensor, dw: Tensor): void {
  const M = sideOf(choice);
  const [x, dy] = [xs.as(FOURS), dys.as(FOURS)];
  const { device } = x;
  const { N, C, O, H, W, oH, oW, padding } = g;
  requireBindable('conv2d', { x, dy, dw });
  const S = lanesOf(device);
  const sums = empty(device, [productsOf(M), O, C]);
  requireBindable('conv2d', { sums });
  const all = N * Math.ceil(oH / M) * Math.ceil(oW / M);
  for (const [i, part] of parts(M, device, all, C, O).entries()) {
    const v = transformed(inputKernel, M, x, part, [oH, oW], padding);
    const gradient = transformed(gradientKernel, M, dy, part, [oH, oW], [0, 0]);
    device.dispatch(weightProduct, {
      buffers: [v.range, gradient.range, sums.range],
      params: [productsOf(M), part[0], O / 4, C / 4],
      constants: { ACCUMULATE: i > 0 ? 1 : 0 },
      specialise: { S: `${S}u` },
      workgroups: productsOf(M) * Math.ceil(O / 16) * Math.ceil(C / 4 / S),
    });
    v.release();
    gradient.release();
  }
  device.dispatch(windowKernel, {
    buffers: [sums.range, x.own, dy.own, dw.own],
    params: [N, C, H, W, O, oH, oW, ...padding],
    specialise: { ...TRANSFORMS[M], ...storedAs(x.dtype, { E4: 4 }) },
    workgroups: Math.ceil((O * C) / 64),
  });
  sums.release();
}
