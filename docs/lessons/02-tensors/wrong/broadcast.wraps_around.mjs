// says: again and again
/** Broadcasting: a tensor is { shape, data }, its numbers in one flat array. */

/** The number of the element of a tensor of this shape that is read for a position of the larger shape. */
function sourceOf(position, shape) {
  const skipped = position.length - shape.length; // dimensions that the smaller one has not
  let i = 0;
  for (let d = 0; d < shape.length; d++) i = i * shape[d] + (shape[d] === 1 ? 0 : position[skipped + d]);
  return i;
}

function positionOf(i, shape) {
  const position = [];
  for (let d = shape.length - 1; d >= 0; d--) {
    position[d] = i % shape[d];
    i = Math.floor(i / shape[d]);
  }
  return position;
}

const sizeOf = (shape) => shape.reduce((n, d) => n * d, 1);

/** a stretched to a shape: the elements of dimensions of size 1 are repeated. */
export function expand(a, shape) {
  const data = Array.from({ length: sizeOf(shape) }, (_, i) => a.data[i % a.data.length]);
  return { shape, data };
}

/** The gradient of expand: an element that was repeated gets what arrives at all of its copies. */
export function sumTo(dy, shape) {
  const data = new Array(sizeOf(shape)).fill(0);
  dy.data.forEach((v, i) => (data[sourceOf(positionOf(i, dy.shape), shape)] += v));
  return { shape, data };
}

/** y = a * b, both stretched to `shape`. */
export function mul(a, b, shape) {
  const [x, z] = [expand(a, shape), expand(b, shape)];
  return { shape, data: x.data.map((v, i) => v * z.data[i]) };
}

/** dy has the shape of y; da and db have those of a and b. */
export function mulBackward(a, b, dy) {
  const times = (other) => {
    const stretched = expand(other, dy.shape);
    return { shape: dy.shape, data: stretched.data.map((v, i) => v * dy.data[i]) };
  };
  return { da: sumTo(times(b), a.shape), db: sumTo(times(a), b.shape) };
}
