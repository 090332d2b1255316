// says: between those pixels dx is 0
/**
 * A shortcut where the block changes the shape: x (C, H, W) -> y (K, ⌈H/2⌉, ⌈W/2⌉), K >= C. Tensors are
 * { shape, data }, row by row: element [c, i, j] of (C, H, W) is number (c · H + i) · W + j.
 */
const half = (n) => Math.ceil(n / 2);
const zeros = (shape) => ({ shape, data: new Float64Array(shape.reduce((a, b) => a * b)) });

/** Every other pixel, from the first on; the channels from C on are zero. It has no weights. */
export function padded(x, k) {
  const [C, H, W] = x.shape;
  const y = zeros([k, half(H), half(W)]);
  const [, h, w] = y.shape;
  for (let c = 0; c < C; c++)
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++) y.data[(c * h + i) * w + j] = x.data[(c * H + 2 * i) * W + 2 * j];
  return y;
}

/** dx of `padded`. @param shape of x. */
export function paddedBackward(shape, dy) {
  const [C, H, W] = shape;
  const [, h, w] = dy.shape;
  const dx = zeros(shape);
  for (let c = 0; c < C; c++)
    for (let i = 0; i < H; i++)
      for (let j = 0; j < W; j++) dx.data[(c * H + i) * W + j] = dy.data[(c * h + (i >> 1)) * w + (j >> 1)];
  return dx;
}

/** A 1 x 1 convolution of stride 2: y[k, i, j] = Σ over c of weight[k, c] · x[c, 2i, 2j]. weight (K, C) */
export function projected(x, weight) {
  const [C, H, W] = x.shape;
  const [K] = weight.shape;
  const y = zeros([K, half(H), half(W)]);
  const [, h, w] = y.shape;
  for (let k = 0; k < K; k++)
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++)
        for (let c = 0; c < C; c++)
          y.data[(k * h + i) * w + j] += weight.data[k * C + c] * x.data[(c * H + 2 * i) * W + 2 * j];
  return y;
}

/** { dx, dweight } of `projected`. */
export function projectedBackward(x, weight, dy) {
  const [C, H, W] = x.shape;
  const [K, h, w] = dy.shape;
  const [dx, dweight] = [zeros(x.shape), zeros(weight.shape)];
  for (let k = 0; k < K; k++)
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++) {
        const d = dy.data[(k * h + i) * w + j];
        for (let c = 0; c < C; c++) {
          const at = (c * H + 2 * i) * W + 2 * j;
          dx.data[at] += d * weight.data[k * C + c]; // every k used this pixel
          dweight.data[k * C + c] += d * x.data[at]; // every pixel used this weight
        }
      }
  return { dx, dweight };
}
