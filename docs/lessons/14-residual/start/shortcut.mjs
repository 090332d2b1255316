/**
 * A shortcut where the block changes the shape: x (C, H, W) -> y (K, ⌈H/2⌉, ⌈W/2⌉), K >= C. Tensors are
 * { shape, data }, row by row: element [c, i, j] of (C, H, W) is number (c · H + i) · W + j.
 */
const half = (n) => Math.ceil(n / 2);
const zeros = (shape) => ({ shape, data: new Float64Array(shape.reduce((a, b) => a * b)) });

/** Every other pixel, from the first on; the channels from C on are zero. It has no weights. */
export function padded(x, k) {
  const [C, H, W] = x.shape;
  return zeros([k, half(H), half(W)]); // yours
}

/** dx of `padded`. @param shape of x. */
export function paddedBackward(shape, dy) {
  return zeros(shape); // yours
}

/** A 1 x 1 convolution of stride 2: y[k, i, j] = Σ over c of weight[k, c] · x[c, 2i, 2j]. weight (K, C) */
export function projected(x, weight) {
  const [C, H, W] = x.shape;
  const [K] = weight.shape;
  return zeros([K, half(H), half(W)]); // yours
}

/** { dx, dweight } of `projected`. */
export function projectedBackward(x, weight, dy) {
  return { dx: zeros(x.shape), dweight: zeros(weight.shape) }; // yours
}
