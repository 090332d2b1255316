/** Broadcasting: a tensor is { shape, data }, its numbers in one flat array. */

function positionOf(i, shape) {
  const position = [];
  for (let d = shape.length - 1; d >= 0; d--) {
    position[d] = i % shape[d];
    i = Math.floor(i / shape[d]);
  }
  return position;
}

const sizeOf = (shape) => shape.reduce((n, d) => n * d, 1);

/** a stretched to a shape: the elements of dimensions of size 1, and of those that a has not, are repeated. */
export function expand(a, shape) {
  return { shape, data: new Array(sizeOf(shape)).fill(0) }; // yours
}

/** The gradient of expand: dy has the larger shape, the result the smaller one. */
export function sumTo(dy, shape) {
  return { shape, data: new Array(sizeOf(shape)).fill(0) }; // yours
}

/** y = a * b, both stretched to `shape`. */
export function mul(a, b, shape) {
  const [x, z] = [expand(a, shape), expand(b, shape)];
  return { shape, data: x.data.map((v, i) => v * z.data[i]) };
}

/** dy has the shape of y; da and db have those of a and b. */
export function mulBackward(a, b, dy) {
  return { da: a, db: b }; // yours
}
