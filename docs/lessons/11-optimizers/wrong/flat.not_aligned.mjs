// says: begins at a multiple of
/** Parameters as ranges of one flat array, so that an optimizer is one loop, and zeroing all gradients is one fill. */

const sizeOf = (shape) => shape.reduce((n, d) => n * d, 1);

/**
 * Where each tensor lies: begin, in elements, for shapes by their names, in their order. Each begins at a multiple of
 * `alignment` elements (WebGPU binds ranges that begin at multiples of 256 bytes). `size` is all of it.
 */
export function layout(shapes, alignment = 64) {
  const begins = {};
  let size = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    begins[name] = size;
    size += sizeOf(shape);
  }
  return { begins, size };
}

/** The tensor of a name: a window of the flat array, not a copy. */
export function view(flat, { begins }, shapes, name) {
  return flat.subarray(begins[name], begins[name] + sizeOf(shapes[name]));
}

/** The length of all gradients as one vector; scaled in place so that it is at most `limit`. Returns it as it was. */
export function clipNorm_(gradients, limit) {
  const norm = Math.sqrt(gradients.reduce((sum, g) => sum + g * g, 0)); // padding is 0, and adds nothing
  if (norm > limit) for (let i = 0; i < gradients.length; i++) gradients[i] *= limit / norm;
  return norm;
}
